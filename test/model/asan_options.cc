// Defaults of AddressSanitizer for the model: to note the stack of each of its millions of
// allocations takes a third of the time, and to keep 256 MiB of freed memory a tenth.
// ASAN_OPTIONS=malloc_context_size=30 brings the stacks back.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=1:quarantine_size_mb=16";
}
