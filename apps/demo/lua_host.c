/* SPDX-License-Identifier: MIT */
/*
 * The Lua interpreter on capheap. Every object of the interpreter is a block of MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT memory: the
 * heap takes it from the RAM that is best at being plain RAM, and from other kinds when that is full. Lua tells the allocator
 * the size of each block it gives back, so the host can keep its own account, by region, and compare.
 */
#include "lua_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include "report.h"

#define LUA_CAPS (MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT)

/* The script, as the build embeds it. */
extern const char script_text[];
extern const size_t script_size;

static struct {
    lua_State *state;  /* the interpreter */
    lua_State *script; /* the coroutine that the script is */
    uint32_t calls;    /* of the allocator */
    size_t blocks;     /* alive */
    size_t bytes;      /* alive, as Lua counts them */
    size_t peak;       /* most bytes alive */
    size_t in_region[REPORT_REGIONS];
} host;

static void book(const void *block, size_t size, bool taken) {
    int region = report_region_index(block);
    if (region < 0) report_fail("Lua got memory at 0x%08lx, where no heap is", (unsigned long)(uintptr_t)block);
    if (taken) {
        host.in_region[region] += size;
        host.bytes += size;
        host.blocks++;
    } else {
        host.in_region[region] -= size;
        host.bytes -= size;
        host.blocks--;
    }
    if (host.bytes > host.peak) host.peak = host.bytes;
}

/** lua_Alloc: size 0 frees; old_size is the size of block, or a type of object where block is NULL. */
static void *allocate(void *unused, void *block, size_t old_size, size_t size) {
    (void)unused;
    host.calls++;
    if (size == 0) {
        if (block) book(block, old_size, false);
        heap_caps_free(block);
        return NULL;
    }
    void *moved = heap_caps_realloc(block, size, LUA_CAPS);
    if (!moved) return NULL;
    if (block) book(block, old_size, false);
    book(moved, size, true);
    return moved;
}

static void open_libraries(lua_State *state) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},          {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
        {LUA_COLIBNAME, luaopen_coroutine}, {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(state, libraries[i].name, libraries[i].func, 1);
        lua_pop(state, 1);
    }
}

void lua_host_open(void) {
    host.state = lua_newstate(allocate, NULL);
    report_require(host.state != NULL, "no memory for the interpreter");
    open_libraries(host.state);
    host.script = lua_newthread(host.state); /* stays on the stack of state: the collector must see it */
    if (luaL_loadbuffer(host.script, script_text, script_size, "=script.lua") != LUA_OK) {
        report_fail("%s", lua_tostring(host.script, -1));
    }
    printf("\n" LUA_RELEASE ", script of %zu bytes loaded\n", script_size);
    lua_host_print_memory();
}

bool lua_host_step(void) {
    int results = 0;
    int status = lua_resume(host.script, host.state, 0, &results);
    const char *text = results == 1 || status > LUA_YIELD ? lua_tostring(host.script, -1) : NULL;
    if (status > LUA_YIELD) report_fail("Lua: %s", text ? text : "error without a text");
    report_require(text != NULL, "the script says nothing of its stage");
    printf("\nLua: %s%s\n", status == LUA_OK ? "all stages as expected, checksum " : "", text);
    lua_pop(host.script, results);
    lua_host_print_memory();
    report_sample();
    return status == LUA_YIELD;
}

/** Bytes in all regions of one name, counted at the first of them; 0 at the others. */
static size_t bytes_under_name(int first) {
    size_t bytes = 0;
    for (int i = 0; i < REPORT_REGIONS; i++) {
        bool same = strcmp(report_index_name(i), report_index_name(first)) == 0;
        if (same && i < first) return 0;
        if (same) bytes += host.in_region[i];
    }
    return bytes;
}

void lua_host_print_memory(void) {
    const char *separator = ": ";
    printf("     %zu blocks, %zu bytes", host.blocks, host.bytes);
    for (int i = 0; i < REPORT_REGIONS; i++) {
        size_t bytes = bytes_under_name(i);
        if (bytes == 0) continue;
        printf("%s%zu in %s", separator, bytes, report_index_name(i));
        separator = ", ";
    }
    printf("\n");
}

void lua_host_close(void) {
    lua_close(host.state);
    if (host.blocks != 0 || host.bytes != 0) report_fail("Lua kept %zu blocks, %zu bytes", host.blocks, host.bytes);
    printf("\nLua closed: %" PRIu32 " calls of its allocator, at most %zu bytes alive, none left\n", host.calls, host.peak);
}
