package git

import (
	"testing"

	"github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

func TestMain(m *testing.M) { sourcetest.Main(m) }
