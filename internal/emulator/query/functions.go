package query

import "strings"

func (c compiler) call(e *Call) test {
	x := c.get(e.Args[0])
	switch e.Name {
	case "is_defined": // true for null too (FACTS §5)
		return func(d Document) truth { return truthOf(x(d).kind != Undefined) }
	case "startswith":
		return startsWith(x, e.Args[1].(*Literal).Value.text)
	default:
		return arrayContains(x, e.Args[1].(*Literal).Value)
	}
}

// startsWith minds the case; what is no string is unknown. Both are unverified.
func startsWith(x get, prefix string) test {
	return func(d Document) truth {
		v := x(d)
		if v.kind != String {
			return unknown
		}
		return truthOf(strings.HasPrefix(v.text, prefix))
	}
}

// arrayContains compares elements as = does; what is no array is unknown (unverified).
func arrayContains(x get, wanted Value) test {
	return func(d Document) truth {
		v := x(d)
		list, ok := v.tree.(List) // a tree may be of a type for objects and arrays
		if v.kind != Array || !ok {
			return unknown
		}
		for element := range list.Elements() {
			if order, comparable := compare(element, wanted); comparable && order == 0 {
				return yes
			}
		}
		return no
	}
}
