package block

import (
	"reflect"
	"strings"
)

func typeOf(ptr any) reflect.Type { return reflect.TypeOf(ptr).Elem() }

func contains(text, part string) bool { return strings.Contains(text, part) }
