/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <string.h>

static uint16_t crc_table[256];

static void make_table(void) {
    for (unsigned i = 0; i < 256; i++) {
        uint16_t crc = (uint16_t)(i << 8);
        for (int bit = 0; bit < 8; bit++) crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ CH_TRACE_CRC_POLY : crc << 1);
        crc_table[i] = crc;
    }
}

static uint16_t crc_of(const uint8_t *bytes, size_t size) {
    if (!crc_table[1]) make_table();
    uint16_t crc = CH_TRACE_CRC_START;
    for (size_t i = 0; i < size; i++) crc = (uint16_t)(crc << 8 ^ crc_table[(crc >> 8 ^ bytes[i]) & 0xff]);
    return crc;
}

/** Undoes COBS; the number of bytes, 0: it is none, or too long. */
static size_t unstuff(uint8_t *body, size_t room, const uint8_t *wire, size_t length) {
    size_t n = 0;
    for (size_t i = 0; i < length;) {
        size_t run = (size_t)wire[i++] - 1;
        if (run > length - i || run > room - n) return 0;
        memcpy(body + n, wire + i, run);
        n += run;
        i += run;
        if (i == length || run == 254) continue;
        if (n == room) return 0;
        body[n++] = 0;
    }
    return n;
}

bool hs_frame_decode(hs_frame_t *f, const uint8_t *wire, size_t length) {
    size_t n = unstuff(f->body, sizeof f->body, wire, length);
    if (n < 1 + CH_TRACE_TRAILER) return false;
    const uint8_t *trailer = f->body + n - CH_TRACE_TRAILER;
    if (crc_of(f->body, n - 2) != (trailer[3] | trailer[4] << 8)) return false;
    f->at = 1;
    f->end = n - CH_TRACE_TRAILER;
    f->bad = false;
    f->type = f->body[0] & CH_TRACE_TYPE_MASK;
    f->flags = f->body[0] & ~(unsigned)CH_TRACE_TYPE_MASK;
    f->time = (uint16_t)(trailer[0] | trailer[1] << 8);
    f->sequence = trailer[2];
    return true;
}

/** A whole frame, or what was taken for one. The first may be the rest of one whose begin came before the reader: no damage. */
static bool frame_ends(hs_framer_t *r, hs_frame_t *f) {
    size_t length = r->length;
    r->length = 0;
    if (length == 0) return false; /* idle: zeros between frames are allowed */
    if (length <= sizeof r->wire && hs_frame_decode(f, r->wire, length)) {
        r->frames++;
        return true;
    }
    if (r->frames + r->damaged == 0) r->first_damage = r->offset;
    r->damaged++;
    return false;
}

bool hs_frame_next(hs_framer_t *r, hs_frame_t *f) {
    for (;;) {
        if (r->at == r->fill) {
            r->at = 0;
            r->fill = hs_source_read(r->source, r->buffer, sizeof r->buffer);
            if (!r->fill) return false;
        }
        const uint8_t *from = r->buffer + r->at;
        const uint8_t *end = memchr(from, 0, r->fill - r->at);
        size_t run = end ? (size_t)(end - from) : r->fill - r->at;
        size_t room = r->length < sizeof r->wire ? sizeof r->wire - r->length : 0;
        memcpy(r->wire + r->length * (room > 0), from, run < room ? run : room);
        r->length += run;
        if (r->length > sizeof r->wire) r->length = sizeof r->wire + 1;
        r->at += run + (end != NULL);
        r->offset += run + (end != NULL);
        if (end && frame_ends(r, f)) return true;
    }
}

uint8_t hs_frame_byte(hs_frame_t *f) {
    if (f->at < f->end) return f->body[f->at++];
    f->bad = true;
    return 0;
}

uint64_t hs_frame_number(hs_frame_t *f) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = hs_frame_byte(f);
        if (shift == 63 && byte > 1) break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return value;
    }
    f->bad = true;
    return 0;
}

int64_t hs_frame_signed(hs_frame_t *f) {
    uint64_t value = hs_frame_number(f);
    return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

const char *hs_frame_text(hs_frame_t *f, size_t *length) {
    uint64_t n = hs_frame_number(f);
    if (n > f->end - f->at) {
        f->bad = true;
        n = 0;
    }
    const char *text = (const char *)f->body + f->at;
    f->at += n;
    *length = n;
    return text;
}
