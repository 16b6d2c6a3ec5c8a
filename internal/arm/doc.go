// Package arm asks Azure Resource Manager how large a hub is.
//
// It must not know what follows from the size, and it only reads: nothing in a
// subscription is changed, not even the registration of a resource provider.
package arm
