package yamlbody

// Suggest returns the first name that is at most two edits away from the given
// one, or nothing. It is HCL's rule for "Did you mean".
func Suggest(given string, names []string) string {
	for _, name := range names {
		if name != given && distance(given, name) < 3 {
			return name
		}
	}
	return ""
}

// distance is the number of letters to insert, remove or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
