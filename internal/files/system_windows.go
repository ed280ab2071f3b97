package files

func mayWrite(string) error { return nil }
