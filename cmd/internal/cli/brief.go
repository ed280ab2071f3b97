package cli

// Annotations of a command that has so many options that --help is brief, and --help-all has the rest.
const (
	BriefHelp     = "brief-help"     // what --help says instead of Long
	CommonOptions = "common-options" // names of options that --help describes, in order, separated by spaces
)

// Brief returns the annotations of a command with many options.
func Brief(text, common string) map[string]string {
	return map[string]string{BriefHelp: text, CommonOptions: common}
}
