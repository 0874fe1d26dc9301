/* SPDX-License-Identifier: MIT */
/*
 * zlib on capheap: a logbook of 96 KB of text is compressed and got back in several ways. The states of the streams, the logbook,
 * and what it is packed into are blocks of MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT memory, which the heap takes from the RAM that is
 * best at being plain RAM, and from other kinds when that is full. Whole numbers only, and the same checksum on every machine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "esp_heap_caps.h"
#include "job.h"
#include "report.h"
#include "zlib.h"

#define JOB_CAPS (MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT)
#define TEXT_SIZE 98304u
#define MEMBERS 200u
#define REPLACED 400u
#define STREAMS 6u
#define CHECKSUM 0x242a2345u

static uint8_t *text;
static uint32_t seed = 1, checksum;
static unsigned refuse_after; /* so many blocks of a stream, none after that; 0: no limit */

/* Memory ----------------------------------------------------------------------------------------------------------------------*/

static void *take(size_t size) {
    void *block = heap_caps_malloc(size, JOB_CAPS);
    if (block) account_taken(block, heap_caps_get_allocated_size(block));
    return block;
}

static void give_back(void *block) {
    if (block) account_given_back(block, heap_caps_get_allocated_size(block));
    heap_caps_free(block);
}

static void *resize(void *block, size_t size) {
    size_t before = heap_caps_get_allocated_size(block);
    void *moved = heap_caps_realloc(block, size, JOB_CAPS);
    report_require(moved != NULL, "no memory for what was packed");
    account_given_back(block, before);
    account_taken(moved, heap_caps_get_allocated_size(moved));
    return moved;
}

static voidpf stream_take(voidpf unused, uInt items, uInt size) {
    (void)unused;
    if (refuse_after > 0 && --refuse_after == 0) return Z_NULL;
    return take((size_t)items * size);
}

static void stream_give_back(voidpf unused, voidpf block) {
    (void)unused;
    give_back(block);
}

/* Text ------------------------------------------------------------------------------------------------------------------------*/

static uint32_t draw(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void write_logbook(void) {
    static const char *const who[] = {"pump", "valve", "boiler", "fan", "door", "gauge"};
    static const char *const what[] = {"opened", "closed", "warmer than before", "does not answer", "serviced", "started"};
    unsigned second = 0;
    for (size_t at = 0; at < TEXT_SIZE;) {
        char line[80];
        second += draw(50);
        int length =
            snprintf(line, sizeof line, "%02u:%02u:%02u %s %u %s, %u.%u bar\n", second / 3600 % 24, second / 60 % 60, second % 60,
                     who[draw(6)], (unsigned)draw(12), what[draw(6)], (unsigned)draw(9), (unsigned)draw(10));
        size_t part = (size_t)length < TEXT_SIZE - at ? (size_t)length : TEXT_SIZE - at;
        memcpy(text + at, line, part);
        at += part;
    }
}

/* Packing ---------------------------------------------------------------------------------------------------------------------*/

/** What a stream made of a piece of the text. */
typedef struct {
    z_stream stream;
    uint8_t *bytes; /* a block that grows */
    size_t room, length;
    size_t from, size; /* the piece */
    size_t fed;
} packed_t;

static int pack_begin(packed_t *packed, size_t from, size_t size, int window_bits, int memory_level) {
    *packed = (packed_t){.stream = {.zalloc = stream_take, .zfree = stream_give_back}, .from = from, .size = size, .room = 64};
    int result = deflateInit2(&packed->stream, 9, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
    if (result != Z_OK) return result;
    packed->bytes = take(packed->room);
    report_require(packed->bytes != NULL, "no memory for what is packed");
    return Z_OK;
}

/**
 * Feeds some bytes more, or all that are left; at the end of the piece the stream ends and its block shrinks to what it holds.
 */
static void pack_some(packed_t *packed, size_t bytes) {
    size_t part = bytes < packed->size - packed->fed ? bytes : packed->size - packed->fed;
    z_stream *stream = &packed->stream;
    int result = Z_OK;
    stream->next_in = text + packed->from + packed->fed;
    stream->avail_in = (uInt)part;
    packed->fed += part;
    bool last = packed->fed == packed->size;
    while (result == Z_OK && (stream->avail_in > 0 || last)) {
        if (packed->length == packed->room) packed->bytes = resize(packed->bytes, packed->room *= 2);
        stream->next_out = packed->bytes + packed->length;
        stream->avail_out = (uInt)(packed->room - packed->length);
        result = deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
        packed->length = packed->room - stream->avail_out;
    }
    report_require(result == (last ? Z_STREAM_END : Z_OK), "deflate");
    if (!last) return;
    report_require(deflateEnd(stream) == Z_OK, "deflateEnd");
    packed->bytes = resize(packed->bytes, packed->length);
    checksum = (uint32_t)crc32(checksum, packed->bytes, (uInt)packed->length);
}

static void pack(packed_t *packed, size_t from, size_t size, int window_bits, int memory_level) {
    report_require(pack_begin(packed, from, size, window_bits, memory_level) == Z_OK, "deflateInit2");
    pack_some(packed, size);
}

/** Unpacks into a block of its own; Z_OK if the piece came back, else what inflate says. */
static int unpack(const packed_t *packed) {
    z_stream stream = {.zalloc = stream_take, .zfree = stream_give_back, .next_in = packed->bytes};
    uint8_t *out = take(packed->size + 1);
    report_require(out != NULL, "no memory for what is unpacked");
    stream.avail_in = (uInt)packed->length;
    stream.next_out = out;
    stream.avail_out = (uInt)packed->size + 1;
    int result = inflateInit(&stream);
    if (result == Z_OK) {
        result = inflate(&stream, Z_FINISH);
        report_require(inflateEnd(&stream) == Z_OK, "inflateEnd");
    }
    bool same = result == Z_STREAM_END && stream.total_out == packed->size && memcmp(out, text + packed->from, packed->size) == 0;
    give_back(out);
    return same ? Z_OK : result == Z_STREAM_END ? Z_DATA_ERROR : result;
}

static void unpack_and_drop(packed_t *packed) {
    report_require(unpack(packed) == Z_OK, "what was packed does not come back");
    give_back(packed->bytes);
    packed->bytes = NULL;
}

/** What the job has now. */
static void tell_memory(void) {
    account_print();
    report_sample();
}

/* Stages ----------------------------------------------------------------------------------------------------------------------*/

static void whole_logbook(void) {
    packed_t packed;
    report_require(pack_begin(&packed, 0, TEXT_SIZE, 15, 8) == Z_OK, "deflateInit2");
    printf("all in one stream\n");
    tell_memory();
    pack_some(&packed, TEXT_SIZE);
    printf("     packed into %zu\n", packed.length);
    unpack_and_drop(&packed);
}

static void streams_in_turn(void) {
    static packed_t packed[STREAMS];
    size_t left = STREAMS, length = 0;
    for (unsigned i = 0; i < STREAMS; i++) {
        int window_bits = 9 + (int)i;
        report_require(pack_begin(&packed[i], i * 1000, 20000, window_bits, 1 + (int)i) == Z_OK, "deflateInit2");
    }
    printf("%u streams in turn, windows of 512 to 16384 bytes\n", STREAMS);
    tell_memory();
    while (left > 0) {
        packed_t *next = &packed[draw(STREAMS)];
        if (next->fed == next->size) continue;
        pack_some(next, 100 + draw(3000));
        if (next->fed == next->size) left--;
    }
    for (unsigned i = 0; i < STREAMS; i++) {
        length += packed[i].length;
        unpack_and_drop(&packed[i]);
    }
    printf("     packed into %zu\n", length);
}

static void archive(void) {
    static packed_t members[MEMBERS];
    size_t length = 0;
    for (unsigned i = 0; i < MEMBERS + REPLACED; i++) {
        packed_t *member = &members[i < MEMBERS ? i : draw(MEMBERS)];
        size_t size = 20 + draw(1500);
        if (member->bytes) unpack_and_drop(member);
        pack(member, draw(TEXT_SIZE - (uint32_t)size), size, 9, 1);
    }
    for (unsigned i = 0; i < MEMBERS; i++) length += members[i].length;
    printf("archive of %u members, %u replaced, packed into %zu\n", MEMBERS, REPLACED, length);
    tell_memory();
    for (unsigned i = 0; i < MEMBERS; i++) unpack_and_drop(&members[i]);
}

static void copied_stream(void) {
    packed_t one, two;
    report_require(pack_begin(&one, 0, 30000, 12, 4) == Z_OK, "deflateInit2");
    pack_some(&one, 10000);
    printf("a stream copied half-way\n");
    two = one;
    report_require(deflateCopy(&two.stream, &one.stream) == Z_OK, "deflateCopy");
    two.bytes = take(two.room);
    report_require(two.bytes != NULL, "no memory for the copy");
    memcpy(two.bytes, one.bytes, two.length);
    tell_memory();
    pack_some(&two, 3000);
    pack_some(&two, two.size);
    pack_some(&one, one.size);
    report_require(one.length == two.length && memcmp(one.bytes, two.bytes, one.length) == 0, "the copy packs otherwise");
    printf("     both packed into %zu\n", one.length);
    unpack_and_drop(&one);
    unpack_and_drop(&two);
}

static void trouble(void) {
    packed_t packed, none;
    unsigned damaged = 0, refused = 0;
    pack(&packed, 500, 4000, 12, 4);
    for (size_t at = 0; at < packed.length; at += 7) {
        packed.bytes[at] ^= 0x10;
        int result = unpack(&packed);
        packed.bytes[at] ^= 0x10;
        if (result == Z_OK) report_fail("damage at byte %zu goes unseen", at);
        damaged++;
    }
    for (int result = Z_MEM_ERROR; result != Z_OK;) {
        refuse_after = refused + 1;
        result = pack_begin(&none, 0, 100, 12, 4);
        refuse_after = 0;
        if (result == Z_OK) break;
        report_require(result == Z_MEM_ERROR, "a stream without memory");
        refused++;
    }
    report_require(refused >= 4, "streams are given too few blocks to refuse one");
    pack_some(&none, 100);
    unpack_and_drop(&none);
    unpack_and_drop(&packed);
    printf("%u damaged copies and %u streams without memory refused\n", damaged, refused);
}

static void (*const stages[])(void) = {whole_logbook, streams_in_turn, archive, copied_stream, trouble};
#define STAGES (sizeof stages / sizeof stages[0])

void job_open(void) {
    text = take(TEXT_SIZE);
    report_require(text != NULL, "no memory for the text");
    write_logbook();
    printf("\nzlib %s, logbook of %u bytes written\n", zlibVersion(), TEXT_SIZE);
    account_print();
}

bool job_step(void) {
    static size_t stage;
    printf("\nzlib: ");
    stages[stage++]();
    tell_memory();
    if (stage < STAGES) return true;
    if (checksum != CHECKSUM) report_fail("zlib: checksum %08" PRIx32 ", expected %08" PRIx32, checksum, (uint32_t)CHECKSUM);
    printf("\nzlib: all stages as expected, checksum %08" PRIx32 "\n", checksum);
    return false;
}

void job_close(void) {
    give_back(text);
    account_close("zlib");
}
