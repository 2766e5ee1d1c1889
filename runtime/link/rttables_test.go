package link

import (
	"maps"
	"testing"
)

func TestParseTableNames(t *testing.T) {
	got := map[string]uint32{"blue": 1}
	parseTableNames(got, "#\n# reserved values\n255\tlocal\n 0x64 blue # mine\nx y\n7\n4294967296 big\n-1 less\n")
	if want := map[string]uint32{"local": 255, "blue": 100}; !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
