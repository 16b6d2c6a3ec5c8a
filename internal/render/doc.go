// Package render turns plans and the progress of an apply into what people and
// machines read.
//
// For people there are text ([PlanText], [NewApplyText]), Markdown
// ([ShowMarkdown]) and a page ([ShowHTML]). All three show the same rows: a
// change is described once, as signs and spans, and each output writes them in
// its own way. For machines there are Terraform's plan JSON ([ShowJSON]) and its
// machine-readable UI as JSON lines ([PlanStream], [NewApplyStream]), both with
// additions of ours, so that tools made for Terraform work. Tests are told in the
// same ways ([TestRun], [TestStream], [JUnit]), and [UnifiedDiff] shows what
// changes in a file.
//
// The rules of the output:
//
//   - Every text from outside (values, ids, file names, messages) is escaped: no
//     control character but the newline reaches a terminal, in JSON neither.
//   - Without colour there is no escape byte at all, and nothing is said by
//     colour alone: the signs + ~ - > ! carry the meaning.
//   - Text shortens wide values and says how much is left out; JSON is complete.
//   - The same plan gives the same bytes.
//
// Plans are streams. Renderers read a plan file from its beginning as often as
// they need and keep no change in memory.
//
// The package must not know the hub, the configuration, the command line or the
// clock: what it shows stands in the plan or in the events, and time is given.
package render
