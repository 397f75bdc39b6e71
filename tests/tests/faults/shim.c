/*
 * A disk that fails on demand: loaded into a process with LD_PRELOAD, it stands between that process and the
 * system for the files of one folder, lets calls fail, do half or end the process, moves the wall clock, and
 * writes down what reached the files and what was flushed, in order.
 *
 *   SCRIBE_SHIM_FOLDER  the folder; everything else passes untouched
 *   SCRIBE_SHIM_PAGE    a file of 64 numbers, shared with the test: what to do, and what was done
 *   SCRIBE_SHIM_TRACE   a file that every change and every flush is appended to (optional)
 *
 * The layouts of the page and of the trace stand once more in shim.rs and in power/trace.rs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { ARMED, OPS, KINDS, ERROR, ACTION, AFTER, TIMES, CHANCE, RANDOM, CLOCK, CALLS = 16, STRUCK = 40, SLOTS = 64 };
enum { WRITE, SYNC, TRUNCATE };
enum { FAIL, SHORT, TORN, DIE, DIE_TORN, DIE_AFTER };
enum { DATABASE = 1, LOG, JOURNAL, INDEX, OTHER, FOLDER };
enum { T_OPEN = 1, T_WRITE, T_TRUNCATE, T_SYNCED, T_SYNC_FAILED, T_UNLINK, T_FOLDER_SYNCED, T_RENAME, T_ALLOCATE };

struct record { uint32_t magic; uint8_t op, kind, created, spare; uint64_t inode, offset, length; };

#define FILES 65536
static unsigned char kinds[FILES];
static uint64_t inodes[FILES];
static char folder[4096];
static size_t folder_length;
static volatile uint64_t *page;
static int trace = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void load(void) {
    const char *in = getenv("SCRIBE_SHIM_FOLDER"), *paged = getenv("SCRIBE_SHIM_PAGE"), *traced = getenv("SCRIBE_SHIM_TRACE");
    if (!in || !paged) return;
    int file = syscall(SYS_openat, AT_FDCWD, paged, O_RDWR | O_CLOEXEC, 0);
    if (file < 0) abort();
    void *mapped = mmap(0, SLOTS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    syscall(SYS_close, file);
    if (traced && (trace = syscall(SYS_openat, AT_FDCWD, traced, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0) abort();
    strncpy(folder, in, sizeof folder - 1);
    folder_length = strlen(folder);
    page = mapped;
}

static int ends(const char *name, const char *end) {
    size_t a = strlen(name), b = strlen(end);
    return a >= b && !strcmp(name + a - b, end);
}

static int kind_of(const char *path) {
    if (!page || !path || strncmp(path, folder, folder_length)) return 0;
    if (!path[folder_length] || !strcmp(path + folder_length, "/")) return FOLDER;
    if (path[folder_length] != '/') return 0;
    if (ends(path, ".sqlite")) return DATABASE;
    if (ends(path, ".sqlite-wal")) return LOG;
    if (ends(path, ".sqlite-journal")) return JOURNAL;
    if (ends(path, ".sqlite-shm")) return INDEX;
    return OTHER;
}

static int kind_at(int fd) { return page && fd >= 0 && fd < FILES ? kinds[fd] : 0; }

/* One record, in one write, so that several processes may share the file. */
static void tell(int op, int kind, int created, uint64_t inode, uint64_t offset, uint64_t length, const void *bytes, uint64_t count) {
    if (trace < 0 || kind == INDEX) return;
    struct record record = { 0x53435242, op, kind, created, 0, inode, offset, length };
    struct iovec parts[2] = { { &record, sizeof record }, { (void *)bytes, count } };
    if (syscall(SYS_writev, trace, parts, 2) != (long)(sizeof record + count)) abort();
}

static uint64_t chance(void) {
    uint64_t x = page[RANDOM] += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (x ^ x >> 31) & 0xffff;
}

/* What becomes of this call: -1 for nothing, else an action. */
static int strike(int op, int kind) {
    page[CALLS + op * 8 + kind]++;
    if (!page[ARMED] || !(page[OPS] >> op & 1) || !(page[KINDS] >> kind & 1) || !page[TIMES]) return -1;
    if (page[AFTER]) { page[AFTER]--; return -1; }
    if (page[CHANCE] && chance() >= page[CHANCE]) return -1;
    if (page[TIMES] != UINT64_MAX) page[TIMES]--;
    page[STRUCK + op]++;
    return page[ACTION];
}

static void die(void) { syscall(SYS_kill, syscall(SYS_getpid), SIGKILL); for (;;) pause(); }

static ssize_t put(int fd, int kind, const void *bytes, size_t count, off_t offset) {
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, count, offset);
    if (done > 0) tell(T_WRITE, kind, 0, inodes[fd], offset, done, bytes, done);
    return done;
}

static ssize_t put_or_fail(int fd, int kind, const void *bytes, size_t count, off_t offset) {
    pthread_mutex_lock(&turn);
    int action = strike(WRITE, kind);
    size_t half = count > 1 && (action == SHORT || action == TORN || action == DIE_TORN) ? count / 2 : count;
    ssize_t done = -1;
    if (action == DIE) die();
    if (action != FAIL && half) done = put(fd, kind, bytes, half, offset);
    if (action == DIE_TORN || action == DIE_AFTER) die();
    if (action == FAIL || action == TORN) { errno = page[ERROR]; done = -1; }
    int error = errno;
    pthread_mutex_unlock(&turn);
    errno = error;
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    int kind = kind_at(fd);
    return kind ? put_or_fail(fd, kind, bytes, count, offset) : syscall(SYS_pwrite64, fd, bytes, count, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

ssize_t write(int fd, const void *bytes, size_t count) {
    int kind = kind_at(fd);
    if (!kind) return syscall(SYS_write, fd, bytes, count);
    off_t at = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    ssize_t done = put_or_fail(fd, kind, bytes, count, at);
    if (done > 0) syscall(SYS_lseek, fd, at + done, SEEK_SET);
    return done;
}

static int flush(int fd, int number) {
    int kind = kind_at(fd);
    if (!kind) return syscall(number, fd);
    pthread_mutex_lock(&turn);
    int action = strike(SYNC, kind), result = -1;
    if (action == DIE || action == DIE_TORN) die();
    if (action == FAIL || action == TORN || action == SHORT) errno = page[ERROR];
    else result = syscall(number, fd);
    int error = errno;
    tell(result ? T_SYNC_FAILED : kind == FOLDER ? T_FOLDER_SYNCED : T_SYNCED, kind, 0, inodes[fd], 0, 0, 0, 0);
    if (action == DIE_AFTER) die();
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }
int fsync(int fd) { return flush(fd, SYS_fsync); }

int ftruncate64(int fd, off_t length) {
    int kind = kind_at(fd);
    if (!kind) return syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&turn);
    int action = strike(TRUNCATE, kind), result = -1;
    if (action == DIE || action == DIE_TORN) die();
    if (action == FAIL || action == TORN || action == SHORT) errno = page[ERROR];
    else if (!(result = syscall(SYS_ftruncate, fd, length))) tell(T_TRUNCATE, kind, 0, inodes[fd], length, 0, 0, 0);
    int error = errno;
    if (action == DIE_AFTER) die();
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fallocate64(int fd, int mode, off_t offset, off_t length) {
    int kind = kind_at(fd);
    if (!kind) return syscall(SYS_fallocate, fd, mode, offset, length);
    pthread_mutex_lock(&turn);
    int action = strike(WRITE, kind), result = -1;
    if (action == DIE || action == DIE_TORN) die();
    if (action >= 0 && action != DIE_AFTER) errno = page[ERROR];
    else if (!(result = syscall(SYS_fallocate, fd, mode, offset, length)) && !mode)
        tell(T_ALLOCATE, kind, 0, inodes[fd], offset + length, 0, 0, 0);
    int error = errno;
    if (action == DIE_AFTER) die();
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return fallocate64(fd, mode, offset, length); }
int posix_fallocate64(int fd, off_t offset, off_t length) { return fallocate64(fd, 0, offset, length) ? errno : 0; }
int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }

static int open_and_know(int at, const char *path, int flags, mode_t mode) {
    int kind = kind_of(path);
    if (!kind) {
        int fd = syscall(SYS_openat, at, path, flags, mode);
        if (fd >= 0 && fd < FILES) kinds[fd] = 0;
        return fd;
    }
    pthread_mutex_lock(&turn);
    int existed = !syscall(SYS_faccessat, at, path, F_OK);
    int fd = syscall(SYS_openat, at, path, flags, mode), error = errno;
    if (fd >= FILES) abort();
    if (fd >= 0) {
        struct stat status;
        if (fstat(fd, &status)) abort();
        kinds[fd] = kind;
        inodes[fd] = status.st_ino;
        if (kind != FOLDER) {
            const char *name = path + folder_length + 1;
            tell(T_OPEN, kind, !existed, status.st_ino, 0, strlen(name), name, strlen(name));
            if (flags & O_TRUNC) tell(T_TRUNCATE, kind, 0, status.st_ino, 0, 0, 0, 0);
        }
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return fd;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_and_know(AT_FDCWD, path, flags, mode); }
int open(const char *path, int flags, ...) { MODE(flags) return open_and_know(AT_FDCWD, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return open_and_know(at, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return open_and_know(at, path, flags, mode); }

int close(int fd) {
    if (kind_at(fd)) kinds[fd] = 0;
    return syscall(SYS_close, fd);
}

static int forget(const char *path, int flags, int at) {
    int kind = kind_of(path);
    pthread_mutex_lock(&turn);
    int result = syscall(SYS_unlinkat, at, path, flags), error = errno;
    if (!result && kind && kind != FOLDER) tell(T_UNLINK, kind, 0, 0, 0, strlen(path + folder_length + 1), path + folder_length + 1, strlen(path + folder_length + 1));
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}
int unlink(const char *path) { return forget(path, 0, AT_FDCWD); }
int unlinkat(int at, const char *path, int flags) { return forget(path, flags, at); }

/* Both names, with a line break between. */
static int name_anew(int number, const char *from, const char *to) {
    int kind = kind_of(from), other = kind_of(to);
    pthread_mutex_lock(&turn);
    int result = syscall(number, from, to), error = errno;
    if (!result && kind && other) {
        char names[8192];
        int length = 0;
        for (const char *c = from + folder_length + 1; *c && length < 4000;) names[length++] = *c++;
        names[length++] = '\n';
        for (const char *c = to + folder_length + 1; *c && length < 8000;) names[length++] = *c++;
        tell(T_RENAME, other, number == SYS_link, 0, 0, length, names, length);
    }
    pthread_mutex_unlock(&turn);
    errno = error;
    return result;
}
int rename(const char *from, const char *to) { return name_anew(SYS_rename, from, to); }
int link(const char *from, const char *to) { return name_anew(SYS_link, from, to); }
int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    return kind_of(to) ? name_anew(SYS_link, from, to) : syscall(SYS_linkat, from_at, from, to_at, to, flags);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (!result && page && page[CLOCK] && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t moved = now->tv_nsec + (int64_t)page[CLOCK] % 1000000000;
        now->tv_sec += (int64_t)page[CLOCK] / 1000000000 + (moved >= 1000000000) - (moved < 0);
        now->tv_nsec = moved - 1000000000 * ((moved >= 1000000000) - (moved < 0));
    }
    return result;
}
