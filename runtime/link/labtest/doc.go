// Package labtest holds the tests of runtime/link that need a kernel with
// namespaces and root in it. They run inside the lab: see runtime/lab.
package labtest
