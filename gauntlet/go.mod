module github.com/arl-cli/arl/gauntlet

go 1.26.0

require (
	github.com/arl-cli/arl v0.0.0
	github.com/aws/aws-sdk-go-v2 v1.41.5
)

require (
	github.com/aws/smithy-go v1.24.2 // indirect
	golang.org/x/sys v0.49.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace github.com/arl-cli/arl => ../
