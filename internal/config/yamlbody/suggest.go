package yamlbody

// Suggest returns the name that is nearest to the given one, the first of
// several, if it is at most two edits away: HCL's bound for "Did you mean". A
// name of which no letter would stay is not meant.
func Suggest(given string, names []string) string {
	best, nearest := "", min(3, len(given))
	for _, name := range names {
		if len(given)-len(name) >= nearest || len(name)-len(given) >= nearest {
			continue // a long name is not worth the time
		}
		if d := distance(given, name); name != given && d < nearest {
			best, nearest = name, d
		}
	}
	return best
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
