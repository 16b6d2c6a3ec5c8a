// Package condition reads the target conditions of configurations and deployments,
// and tells which twins meet them (FACTS §5, §6.2).
//
// It is the tool's own reading of the language, which the hub has the last word
// on. What is not known here, such as reported properties, is open: the answer is
// then [Maybe], unless the rest of the condition decides by itself. It must not
// know where twins come from.
package condition
