# As much of nixpkgs as the package uses: what is built is returned instead of being built.
{ file, system }:
import file {
  lib = {
    licenses.mit = "MIT";
    sourceTypes.binaryNativeCode = "binary";
  };
  fetchurl = src: src;
  installShellFiles = "installShellFiles";
  stdenvNoCC = {
    hostPlatform.system = system;
    mkDerivation = derivation: derivation;
  };
}
