/* SPDX-License-Identifier: MIT */
/*
 * The demo's main job, an unmodified Lua interpreter that runs apps/demo/script.lua, and the N-th time that the interpreter
 * wants memory there is none: once, or from there on. Lua frees what it can and asks again, or gives up with an error; then its
 * state is closed, and every byte must be back.
 *
 * All of the first N, then ever fewer. CH_OOM=FIRST:STEP of the environment: these, 1:1 is every N; CH_OOM=N: that one alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "api_setup.h"
#include "full.h"

#define LUA_CAPS (MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT)
#define TEXT_MOST 65536u

#define DENSE 40u
#define OUTER (2u << 20)

static unsigned char outer[OUTER]
    __attribute__((aligned(64))); /* external RAM: Lua's objects are twice as large on a 64-bit machine */
static char text[TEXT_MOST];
static size_t text_size, held_bytes, held_blocks;
static multi_heap_info_t first;

/* As apps/demo/lua_job.c does it. */
static void *allocate(void *unused, void *block, size_t old_size, size_t size) {
    (void)unused;
    if (size == 0) {
        if (block) held_bytes -= old_size, held_blocks--;
        heap_caps_free(block);
        return NULL;
    }
    void *moved;
    FULL(moved = heap_caps_realloc(block, size, LUA_CAPS));
    if (!moved) return NULL;
    if (block)
        held_bytes -= old_size;
    else
        held_blocks++;
    held_bytes += size;
    return moved;
}

/* In the interpreter's own frame for errors, as even this wants memory. */
static int open_libraries(lua_State *state) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},          {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
        {LUA_COLIBNAME, luaopen_coroutine}, {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(state, libraries[i].name, libraries[i].func, 1);
        lua_pop(state, 1);
    }
    lua_State *script = lua_newthread(state);
    if (luaL_loadbuffer(script, text, text_size, "=script.lua") != LUA_OK) lua_error(script);
    return 1;
}

/* Runs the whole job; LUA_OK if all stages ended well. */
static int job(void) {
    lua_State *state = lua_newstate(allocate, NULL);
    if (!state) return LUA_ERRMEM;
    lua_pushcfunction(state, open_libraries);
    int status = lua_pcall(state, 0, 1, 0), results = 0;
    if (status == LUA_OK) {
        lua_State *script = lua_tothread(state, -1);
        do {
            status = lua_resume(script, state, 0, &results);
            if (status == LUA_YIELD) lua_pop(script, results);
        } while (status == LUA_YIELD);
    }
    lua_close(state);
    return status;
}

static bool run(full_mode_t mode, unsigned long n, unsigned *ended) {
    multi_heap_info_t now;
    held_bytes = held_blocks = 0;
    full_begin(mode, n, FULL_EVERY_HEAP);
    int status = job();
    bool came = full_end();
    if (!came && status != LUA_OK) fail_msg("the script fails by itself: status %d", status);
    *ended += status != LUA_OK;
    assert_int_equal(held_bytes, 0);
    assert_int_equal(held_blocks, 0);
    heap_caps_get_info(&now, 0);
    if (now.total_free_bytes != first.total_free_bytes || now.allocated_blocks != first.allocated_blocks)
        fail_msg("allocation %lu, mode %d: %lu bytes and %ld blocks are missing", n, (int)mode,
                 (unsigned long)(first.total_free_bytes - now.total_free_bytes),
                 (long)now.allocated_blocks - (long)first.allocated_blocks);
    return came;
}

static void each_allocation(full_mode_t mode) {
    const char *asked = getenv("CH_OOM");
    unsigned long n = 1, step = 0, runs = 0;
    unsigned ended = 0;
    if (asked && sscanf(asked, "%lu:%lu", &n, &step) < 1) fail_msg("CH_OOM must be N or FIRST:STEP, not %s", asked);
    while (run(mode, n, &ended)) {
        runs++;
        if (asked && step == 0) break;
        n += step ? step : n < DENSE ? 1 : n / 3;
        if (asked && runs % 100 == 0) fprintf(stderr, "oom: allocation %lu\n", n);
        if (runs % 64 == 0) assert_true(heap_caps_check_integrity_all(true));
    }
    assert_true(heap_caps_check_integrity_all(true));
    print_message("oom: %lu runs of Lua, allocations 1 to %lu, %u of them ended in an error\n", runs, n, ended);
    assert_true(asked || ended > 0);
}

static void the_nth_allocation_of_lua_fails_once(void **state) {
    (void)state;
    each_allocation(FULL_ONCE);
}

static void all_of_lua_s_allocations_fail_from_the_nth_on(void **state) {
    (void)state;
    each_allocation(FULL_FOR_GOOD);
}

static int begin(void **state) {
    (void)state;
    FILE *file = fopen(SCRIPT, "rb");
    if (!file) return -1;
    text_size = fread(text, 1, sizeof text, file);
    fclose(file);
    api_boot();
    api_enable_stacks();
    api_add_heap(outer, OUTER, MALLOC_CAP_SPIRAM, MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | MALLOC_CAP_DEFAULT, 0);
    heap_caps_get_info(&first, 0);
    return text_size == 0 || text_size == sizeof text;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        API_TEST(the_nth_allocation_of_lua_fails_once),
        API_TEST(all_of_lua_s_allocations_fail_from_the_nth_on),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
