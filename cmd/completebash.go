package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// completeBash writes cobra's script, and what it needs of the package bash-completion for a bash
// without that.
func completeBash(e *cli.Env, root *cobra.Command, descriptions bool) error {
	if _, err := fmt.Fprint(e.Out, withoutBashCompletion); err != nil {
		return err
	}
	return root.GenBashCompletionV2(e.Out, descriptions)
}

const withoutBashCompletion = `# What the package bash-completion would bring, where it is not loaded.
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref()
    {
        local line=${COMP_LINE:0:COMP_POINT}
        read -ra words <<<"$line"
        [[ $line == *[[:space:]] ]] && words+=("")
        cword=$((${#words[@]} - 1))
        cur=${words[cword]}
        prev=${words[cword - 1]}
    }
fi
if ! declare -F _filedir >/dev/null; then
    _filedir()
    {
        local file
        while IFS= read -r file; do
            if [[ -d $file || -z ${1-} || $1 != -d && $file =~ \.(${1%\|})$ ]]; then
                COMPREPLY+=("$file")
            fi
        done < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null
    }
fi

`
