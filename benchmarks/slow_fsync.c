/* Makes every fsync and fdatasync take 2 ms more: a disk that is honest and not the fastest. */
/* Declared here, because a machine that compiles nothing else has no headers (64-bit Linux). */
struct timespec { long seconds, nanoseconds; };
int nanosleep(const struct timespec *wanted, struct timespec *left);
void *dlsym(void *handle, const char *name);
#define RTLD_NEXT ((void *)-1L)

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
