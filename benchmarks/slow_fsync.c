/* Makes every fsync and fdatasync take 2 ms more: a disk that is honest and not the fastest. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_for_the_disk(void) {
    struct timespec two_milliseconds = {0, 2000000};
    nanosleep(&two_milliseconds, 0);
}

#define SLOWED(call)                                                                  \
    int call(int file) {                                                              \
        static int (*real)(int);                                                      \
        if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #call);                      \
        wait_for_the_disk();                                                          \
        return real(file);                                                            \
    }

SLOWED(fsync)
SLOWED(fdatasync)
