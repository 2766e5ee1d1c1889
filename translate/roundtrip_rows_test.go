package translate

import (
	"reflect"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/schema"
)

// What a master owns has samples of its own types.
func init() {
	samples[reflect.TypeFor[schema.RouteType]()] = enum(schema.Unicast, schema.Throw)
	samples[reflect.TypeFor[schema.RoutePreference]()] = enum(schema.MediumPreference, schema.LowPreference)
	samples[reflect.TypeFor[schema.Lifetime]()] = func(t *rapid.T) any {
		return schema.Lifetime{Seconds: rapid.Uint32().Draw(t, "seconds"), Said: true}
	}
}
