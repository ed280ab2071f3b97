# Evaluates a cask for one system and prints what it says, as JSON.
# Usage: ruby cask.rb FILE darwin|linux amd64|arm64
# A stanza that is not listed here is an error, as it is for Homebrew.
require "json"

FILE, SYSTEM, ARCH = ARGV

class Cask
  attr_reader :said

  def initialize
    @said = { Renames: [], Binaries: [], Manpages: [], Completions: {} }
  end

  def version(text = nil)
    text ? @said[:Version] = text : @said[:Version]
  end

  def url(text) = @said[:URL] = text
  def sha256(text) = @said[:SHA256] = text
  def rename(from, to) = @said[:Renames] << [from, to]
  def binary(file) = @said[:Binaries] << file
  def manpage(file) = @said[:Manpages] << file

  %w[bash zsh fish].each do |shell|
    define_method("#{shell}_completion") { |file| @said[:Completions][shell] = file }
  end

  def on_macos = (yield if SYSTEM == "darwin")
  def on_linux = (yield if SYSTEM == "linux")
  def on_intel = (yield if ARCH == "amd64")
  def on_arm = (yield if ARCH == "arm64")

  def name(text) = text.empty? && raise("no name")
  def homepage(text) = text.start_with?("https://") || raise("homepage #{text}")

  # What `brew audit` asks of a description.
  def desc(text)
    raise "description: #{text}" if text.empty? || text.length > 80 || text.end_with?(".") || text.match?(/\A(an?|the) /i)
  end

  def livecheck; end
  def postflight; end
end

def cask(token, &stanzas)
  raise "the cask is called #{token}" if token != "arl"

  cask = Cask.new
  cask.instance_eval(&stanzas)
  puts JSON.generate(cask.said)
end

load FILE
