package batch

// A Reporter is told what happens. Its methods are called one at a time; what they cost slows the
// results down. For a display that is refreshed now and then, [Engine.Snapshot] is cheaper.
type Reporter interface {
	Started()
	// Done is called when a record is through and its result, if it has one, written. d is valid
	// during the call.
	Done(d *Done)
	// Finished is called once, with what Run returns.
	Finished(s Summary, err error)
}

// nobody is a Reporter that tells nobody.
type nobody struct{}

func (nobody) Started()                {}
func (nobody) Done(*Done)              {}
func (nobody) Finished(Summary, error) {}
