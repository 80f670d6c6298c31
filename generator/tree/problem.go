package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/postern-dev/postern/generator/guard"
)

// A Problem is one thing that keeps a tree from being compared or written.
type Problem struct {
	Path    string // slash-separated, relative to the directory; "." is the directory itself
	Summary string // what is wrong
	Detail  string // why, and last what to do
}

// Problems is every problem found, sorted by path. It is the error of this package.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Path + ": " + problem.Summary + ". " + problem.Detail
	}
	return strings.Join(lines, "\n")
}

// failed reports what the operating system refused: cause, as a full sentence, and what to do about it.
func failed(p, summary string, cause error, remedy string) Problem {
	return Problem{p, summary, reason(cause) + " " + remedy}
}

// reason returns what the operating system says, without the path, which may be one that nobody has to know.
func reason(err error) string {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	if linkErr := (*os.LinkError)(nil); errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	return "The system says: " + err.Error() + "."
}

func unreadable(p string, cause error) Problem {
	return failed(p, "File or folder not readable", cause, "Make it readable, then run again.")
}

func tooLarge(p string) Problem {
	return Problem{p, "File larger than postern reads",
		fmt.Sprintf("It has more than %d MiB, and no run of postern has written that. Move it away or delete it.", guard.MaxRead>>20)}
}

func unwritable(p string, cause error) Problem {
	return failed(p, "Folder not writable", cause, "Give yourself write permission on it, then run again.")
}

func notFolder(cause string) Problem {
	return Problem{".", "Output folder not usable",
		cause + " Choose another folder with --output, or move away what is in its place."}
}

func kept(name string) Problem {
	return notFolder("It is or is in " + name + ", where a tool keeps what nobody else may write.")
}

func linked(p string) Problem {
	return Problem{p, "Symbolic link in the way",
		"Below the output folder postern works on real files and folders only, never through a link. " +
			"Replace the link by what it points to, or remove it."}
}

func foreign(p string) Problem {
	return Problem{p, "File not written by postern",
		"The spec asks for a generated file of this name, but the one that is here does not begin with the header " +
			"of a generated file, so it counts as yours. Move it away or rename it."}
}

func unlisted(p string) Problem {
	return Problem{p, "Generated file missing from manifest",
		"It begins with the header of a generated file, but " + manifestName + " does not list it, so it may hold " +
			"somebody's work. Restore " + manifestName + " from version control, or delete this file."}
}

func edited(c Change) Problem {
	switch {
	case c.Action == Deleted:
		return Problem{c.Path, "Unneeded file edited by hand",
			"The spec no longer asks for this generated file, but somebody has edited it. To keep it as a file of " +
				"yours, delete its first line; to have it deleted, pass --overwrite."}
	case path.Ext(c.Path) == ".tf":
		return Problem{c.Path, "Generated file edited by hand",
			"Generating would undo the edit. Put it into a file called *_override.tf in the same folder, which " +
				"Terraform merges and postern never touches; then pass --overwrite to have this file regenerated."}
	default:
		return Problem{c.Path, "Generated file edited by hand",
			"Generating would undo the edit. Put it into a file of your own; then pass --overwrite to have this " +
				"file regenerated."}
	}
}

func notFile(p string, info fs.FileInfo) Problem {
	if info.IsDir() {
		return Problem{p, "Folder where a file belongs",
			"The spec asks for a generated file of this name. Move the folder away or rename it."}
	}
	return Problem{p, "Special file in the way",
		"The spec asks for a generated file of this name, and this is no regular file. Move it away."}
}

func fileForFolder(p string) Problem {
	return Problem{p, "File where a folder belongs",
		"The spec asks for generated files in a folder of this name. Move the file away or delete it."}
}

func badManifest(p, cause string) Problem {
	return Problem{p, "Manifest that cannot be read",
		cause + " Without it, postern cannot tell its own files from yours. Restore it from version control."}
}

func newerManifest(p string) Problem {
	return Problem{p, "Manifest of a newer postern",
		"A later version of postern wrote it, in a form that this one does not know. Use that version."}
}

func held(detail string) Problem {
	return Problem{".", "Another run at work", "Another run of postern is writing to this folder. " + detail}
}
