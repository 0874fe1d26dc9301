/* SPDX-License-Identifier: MIT */
/*
 * The C library's own functions on the heap, on boards: what they allocate is a block of ours, and they do without where there is
 * none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../api/api_setup.h"

static bool is_ours(void *p) { return p && heap_caps_get_allocated_size(p) > 0 && api_heap_of(p) != NULL; }

static size_t used_blocks(void) {
    multi_heap_info_t all;
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    return all.allocated_blocks;
}

static void strings_are_blocks_of_ours(void **state) {
    (void)state;
    char *copy = strdup("a string"), *part = strndup("a string", 4), *line = NULL;
    int length = asprintf(&line, "%s, %d, %08lx and %s", copy, 42, 0x1234abcdul, "a longer text, so that the buffer has to grow");
    assert_int_equal(length, (int)strlen(line));
    assert_string_equal(copy, "a string");
    assert_string_equal(part, "a st");
    assert_non_null(strstr(line, "a string, 42, 1234abcd and a longer"));
    assert_true(is_ours(copy) && is_ours(part) && is_ours(line));
    free(copy), free(part);
    heap_caps_free(line);
}

static int compare(const void *a, const void *b) { return strcmp(a, b); }

static void trees_are_made_of_our_blocks(void **state) {
    (void)state;
    static char keys[40][8];
    void *root = NULL;
    size_t before = used_blocks();
    for (int i = 0; i < 40; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i * 7 % 40);
        assert_true(is_ours(tsearch(keys[i], &root, compare)));
    }
    assert_int_equal(used_blocks(), before + 40);
    for (int i = 0; i < 40; i++) tdelete(keys[i], &root, compare);
    assert_int_equal(used_blocks(), before);
}

/* Blocks that hold all memory, in a list. */
typedef struct hog {
    struct hog *next;
} hog_t;

static hog_t *take_all(void) {
    hog_t *all = NULL;
    for (size_t size = 1u << 20; size >= sizeof(hog_t); size /= 2) {
        for (hog_t *h = malloc(size); h; h = malloc(size)) {
            h->next = all;
            all = h;
        }
    }
    return all;
}

static void without_memory_the_library_says_so(void **state) {
    (void)state;
    hog_t *all = take_all();
    assert_non_null(all);
    char *copy = strdup("a string that is longer than the smallest block, as that may be left"), *line = NULL;
    int length = asprintf(&line, "%s", "another string that is longer than the smallest block");
    while (all) {
        hog_t *next = all->next;
        free(all);
        all = next;
    }
    assert_null(copy);
    assert_int_equal(length, -1);
    assert_true(api_failures()->count > 2);
    copy = strdup("memory is there again");
    assert_true(is_ours(copy));
    free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(strings_are_blocks_of_ours),
        API_TEST(trees_are_made_of_our_blocks),
        API_TEST(without_memory_the_library_says_so),
    };
    api_boot(); /* before stdio, whose streams some libraries allocate */
    printf("the console has its buffer\n");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
