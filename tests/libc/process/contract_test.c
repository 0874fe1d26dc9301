/* SPDX-License-Identifier: MIT */
/* What the malloc family of libcapheap.so promises: src/libc/posix/malloc.c. Runs with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

#define MIB ((size_t)1 << 20)

/* The compiler knows what malloc does, and would leave out what these tests are about. */
static void *(*volatile do_malloc)(size_t) = malloc;
static void *(*volatile do_calloc)(size_t, size_t) = calloc;
static void *(*volatile do_realloc)(void *, size_t) = realloc;
static void (*volatile do_free)(void *) = free;

/* Made by a constructor that runs before the library's own: the first calls come when they like. */
static char *made_before_main;
__attribute__((constructor(101))) static void make_before_main(void) { made_before_main = strdup("made before main"); }

static bool is_ours(void *function) {
    Dl_info info;
    return dladdr(function, &info) != 0 && strstr(info.dli_fname, "libcapheap.so") != NULL;
}

static void the_whole_family_is_ours(void) {
    static const char *const names[] = {"malloc",
                                        "calloc",
                                        "realloc",
                                        "free",
                                        "reallocarray",
                                        "aligned_alloc",
                                        "memalign",
                                        "valloc",
                                        "pvalloc",
                                        "posix_memalign",
                                        "malloc_usable_size",
                                        "malloc_trim",
                                        "malloc_stats",
                                        "mallinfo",
                                        "mallinfo2",
                                        "malloc_info",
                                        "mallopt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) CHECK(is_ours(dlsym(RTLD_DEFAULT, names[i])));
    CHECK(strcmp(made_before_main, "made before main") == 0);
    free(made_before_main);
}

static void requests_for_nothing_get_a_block_of_their_own(void) {
    void *a = do_malloc(0), *b = do_malloc(0), *c = do_calloc(0, 8), *d = do_calloc(8, 0), *e = do_realloc(NULL, 0);
    CHECK(a && b && c && d && e && a != b && b != c && c != d && d != e);
    void *f = NULL;
    CHECK(posix_memalign(&f, 64, 0) == 0 && f);
    do_free(a), do_free(b), do_free(c), do_free(d), do_free(e), do_free(f);
    do_free(NULL);
    CHECK(do_realloc(do_malloc(10), 0) == NULL);
}

static void what_cannot_be_is_enomem_and_keeps_the_block(void) {
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, PTRDIFF_MAX, (size_t)1 << 40, ((size_t)1 << 32) + 1};
    char *block = do_malloc(100);
    tag(block, 100, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        errno = 0;
        CHECK(do_malloc(sizes[i]) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(do_realloc(block, sizes[i]) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(memalign(64, sizes[i]) == NULL && errno == ENOMEM);
        errno = 77;
        void *out = block;
        CHECK(posix_memalign(&out, 64, sizes[i]) == ENOMEM && errno == 77 && out == block);
    }
    volatile size_t many = SIZE_MAX / 2;
    errno = 0;
    CHECK(do_calloc(many, 3) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(block, many, 3) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(pvalloc(many * 2) == NULL && errno == ENOMEM);
    CHECK(tag_holds(block, 100, 1));
    do_free(block);
}

static void success_and_free_leave_errno_alone(void) {
    errno = 77;
    void *small = do_malloc(10), *large = do_malloc(100 * MIB), *clear = do_calloc(1, 50 * MIB);
    CHECK(small && large && clear && errno == 77);
    small = do_realloc(small, 1000000);
    large = do_realloc(large, 200 * MIB);
    CHECK(small && large && errno == 77);
    do_free(small), do_free(large), do_free(clear);
    CHECK(errno == 77);
}

static void blocks_lie_at_sixteens_and_at_what_was_asked(void) {
    for (size_t size = 1; size < 3000; size += size < 100 ? 1 : 97) {
        char *block = do_malloc(size);
        CHECK(block && (uintptr_t)block % 16 == 0 && malloc_usable_size(block) >= size);
        memset(block, 1, malloc_usable_size(block));
        block = do_realloc(block, 2 * size);
        CHECK(block && (uintptr_t)block % 16 == 0 && block[size - 1] == 1);
        do_free(block);
    }
    for (size_t alignment = 8; alignment <= 512 * MIB; alignment *= 2) {
        void *a = aligned_alloc(alignment, 100), *b = memalign(alignment, 100), *c = NULL;
        CHECK(posix_memalign(&c, alignment, 100) == 0);
        CHECK(a && b && c && ((uintptr_t)a | (uintptr_t)b | (uintptr_t)c) % alignment == 0);
        b = do_realloc(b, 5000);
        CHECK(b && (uintptr_t)b % 16 == 0);
        do_free(a), do_free(b), do_free(c);
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *v = valloc(100), *p = pvalloc(100);
    CHECK(((uintptr_t)v | (uintptr_t)p) % page == 0 && malloc_usable_size(p) >= page);
    do_free(v), do_free(p);
}

static void odd_alignments_are_refused_or_rounded_up(void) {
    void *out = NULL, *rounded = memalign(24, 10);
    volatile size_t bad = 24;
    errno = 0;
    CHECK(aligned_alloc(bad, 10) == NULL && errno == EINVAL);
    errno = 77;
    CHECK(posix_memalign(&out, bad, 10) == EINVAL && posix_memalign(&out, 4, 10) == EINVAL &&
          posix_memalign(&out, 0, 10) == EINVAL);
    CHECK(errno == 77 && out == NULL);
    CHECK(rounded && (uintptr_t)rounded % 32 == 0);
    do_free(rounded);
}

static bool is_clear(const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) return false;
    }
    return true;
}

static void calloc_clears_what_was_dirty(void) {
    static const size_t sizes[] = {1, 17, 1000, 100000, 3 * MIB, 20 * MIB + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int round = 0; round < 3; round++) {
            char *block = do_calloc(1, sizes[i]);
            CHECK(block && is_clear(block, sizes[i]));
            memset(block, 0xA5, sizes[i]);
            do_free(block);
            block = do_malloc(sizes[i] + 1000); /* dirty around the next one, too */
            memset(block, 0x5A, sizes[i] + 1000);
            do_free(block);
        }
    }
}

static void large_blocks_cost_the_pages_that_are_used(void) {
    size_t before = resident_bytes();
    char *block = do_calloc(1, 1000 * MIB);
    CHECK(block && resident_bytes() - before < 40 * MIB);
    memset(block, 1, 100 * MIB);
    CHECK(resident_bytes() - before > 90 * MIB);
    do_free(block);
    CHECK(resident_bytes() - before < 40 * MIB);
}

static void large_regions_are_used_again(void) {
    size_t first = 0;
    for (int i = 0; i < 200; i++) {
        char *large = do_malloc(300 * MIB), *small = do_malloc(1000); /* the small one stays */
        CHECK(large && small);
        large[0] = large[300 * MIB - 1] = 1;
        do_free(large);
        if (i == 0) first = mallinfo2().arena;
    }
    CHECK(mallinfo2().arena == first);
}

static void the_heap_grows_and_gives_everything_back(void) {
    enum { COUNT = 150000 };
    static char *blocks[COUNT];
    size_t before = mallinfo2().uordblks;
    for (unsigned i = 0; i < COUNT; i++) {
        blocks[i] = do_malloc(500 + i % 1000);
        CHECK(blocks[i]);
        tag(blocks[i], 500 + i % 1000, i);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK(tag_holds(blocks[i], 500 + i % 1000, i));
        do_free(blocks[i]);
    }
    CHECK(mallinfo2().uordblks == before);
    CHECK(malloc_trim(0) == 1 && malloc_trim(0) >= 0 && resident_bytes() < 30 * MIB);
}

static void a_block_grows_from_one_byte_to_a_gigabyte(void) {
    char *block = NULL;
    for (size_t size = 1; size <= 1024 * MIB; size *= 2) {
        block = do_realloc(block, size);
        CHECK(block);
        block[size - 1] = (char)(size % 251);
        for (size_t i = 1; i <= size; i *= 2) CHECK(block[i - 1] == (char)(i % 251));
    }
    block = do_realloc(block, 10);
    CHECK(block && block[0] == 1 && block[7] == 8);
    do_free(block);
}

static void the_end_of_memory_is_no_end_of_the_program(void) {
    enum { COUNT = 4000 };
    static void *blocks[COUNT];
    struct rlimit limit = {200 * MIB, 200 * MIB};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    int n = 0;
    errno = 0;
    while (n < COUNT && (blocks[n] = do_malloc(100000)) != NULL) n++;
    CHECK(n > 500 && n < COUNT && errno == ENOMEM);
    while (n > 0) do_free(blocks[--n]);
    for (n = 0; n < 500; n++) CHECK((blocks[n] = do_malloc(100000)) != NULL);
}

static void reports_agree(void) {
    void *block = do_malloc(12345);
    struct mallinfo2 all = mallinfo2();
    CHECK(all.uordblks + all.fordblks == all.arena && all.uordblks >= 12345);
    CHECK(mallopt(M_ARENA_MAX, 1) == 1);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    CHECK(malloc_info(1, stream) == EINVAL && malloc_info(0, stream) == 0 && fclose(stream) == 0);
    CHECK(strstr(text, "<malloc version=\"capheap-1\">\n<heap ") == text && strstr(text, "</malloc>\n"));
    free(text);
    do_free(block);
}

/* ---- bad frees ---- */

static void free_twice(void) {
    void *block = do_malloc(40);
    do_free(block);
    do_free(block);
}

static void free_large_twice(void) {
    void *block = do_malloc(40 * MIB);
    do_free(block);
    do_free(block);
}

static void free_inside(void) { do_free((char *)do_malloc(400) + 32); }

static void free_misaligned(void) { do_free((char *)do_malloc(400) + 1); }

static void free_stack(void) {
    char local[64] = "";
    do_free(local + 16);
}

static void realloc_freed(void) {
    void *block = do_malloc(400);
    do_free(block);
    do_free(do_realloc(block, 800));
}

static void size_of_static(void) {
    static char bytes[64];
    malloc_usable_size(bytes);
}

static void a_bad_pointer_is_named_and_ends_the_program(void) {
    static void (*const faults[])(void) = {free_twice, free_large_twice, free_inside,   free_misaligned,
                                           free_stack, realloc_freed,    size_of_static};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[1000];
        int status = run_child(faults[i], text, sizeof text);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        CHECK(strstr(text, "CORRUPT HEAP"));
    }
}

int main(int argc, char **argv) {
    static const case_t cases[] = {
        CASE(the_whole_family_is_ours),
        CASE(requests_for_nothing_get_a_block_of_their_own),
        CASE(what_cannot_be_is_enomem_and_keeps_the_block),
        CASE(success_and_free_leave_errno_alone),
        CASE(blocks_lie_at_sixteens_and_at_what_was_asked),
        CASE(odd_alignments_are_refused_or_rounded_up),
        CASE(calloc_clears_what_was_dirty),
        CASE(large_blocks_cost_the_pages_that_are_used),
        CASE(large_regions_are_used_again),
        CASE(the_heap_grows_and_gives_everything_back),
        CASE(a_block_grows_from_one_byte_to_a_gigabyte),
        CASE(the_end_of_memory_is_no_end_of_the_program),
        CASE(reports_agree),
        CASE(a_bad_pointer_is_named_and_ends_the_program),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0], argc, argv);
}
