// Package labtest holds the tests of runtime/ipvs that need a kernel with
// IPVS. They run inside the lab: see runtime/lab.
package labtest
