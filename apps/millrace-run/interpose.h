// A function of the C library that the program finds here first. Only these leave the shared library (shim.map has the
// same names), and none lets an exception out: where memory ends, std::terminate says so.
#pragma once

#define MILLRACE_INTERPOSE extern "C" [[gnu::visibility("default")]]
