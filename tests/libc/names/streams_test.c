/* SPDX-License-Identifier: MIT */
/*
 * Streams and numbers with a point on the heap, on boards whose C library has both: what the library allocates for them, and
 * gives back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../api/api_setup.h"

static size_t used_blocks(void) {
    multi_heap_info_t all;
    heap_caps_get_info(&all, MALLOC_CAP_DEFAULT);
    return all.allocated_blocks;
}

/** Numbers with a point: newlib's conversions work on numbers of any length, which it allocates. */
static void print_numbers(void) {
    char text[400];
    snprintf(text, sizeof text, "%.3f %g %.20e", 2.5, 1e-7, 3.0);
    assert_non_null(strstr(text, "2.500 1e-07 3.00000000000000000000e+00"));
    snprintf(text, sizeof text, "%.0f", 1e30);
    assert_int_equal(strlen(text), 31);
    assert_true(strtod("123456789012345678901234567890.5e-20", NULL) > 1234567890.0);
}

static void numbers_of_any_length_are_printed(void **state) {
    (void)state;
    print_numbers();
    print_numbers();
}

static void use_file(void) {
    char name[32], line[64] = "";
    snprintf(name, sizeof name, "libc_test_%d.tmp", CH_CFG_GRANULE);
    size_t before = used_blocks();
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    for (int i = 0; i < 300; i++) fprintf(file, "line %d of the file\n", i);
    assert_true(used_blocks() > before); /* its buffer, and in some libraries the stream */
    assert_int_equal(fclose(file), 0);
    file = fopen(name, "r");
    assert_non_null(file);
    int count = 0;
    while (fgets(line, sizeof line, file)) count++;
    assert_int_equal(count, 300);
    assert_string_equal(line, "line 299 of the file\n");
    assert_int_equal(fclose(file), 0);
    assert_int_equal(remove(name), 0);
}

static void streams_allocate_and_give_back(void **state) {
    (void)state;
    use_file();
    use_file();
}

/* What the library keeps for the next time is allocated before the tests count. */
static int warm_up(void **state) {
    (void)state;
    print_numbers();
    use_file();
    printf("the console has its buffer\n");
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(numbers_of_any_length_are_printed),
        API_TEST(streams_allocate_and_give_back),
    };
    api_boot(); /* before stdio, whose streams some libraries allocate */
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
