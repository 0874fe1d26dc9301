/* SPDX-License-Identifier: MIT */
/*
 * The Lua interpreter on capheap. Every object of the interpreter is a block of MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT memory: the
 * heap takes it from the RAM that is best at being plain RAM, and from other kinds when that is full. Lua tells the allocator
 * the size of each block it gives back, which the account takes as the size.
 */
#include <stdio.h>

#include "account.h"
#include "esp_heap_caps.h"
#include "job.h"
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include "report.h"

#define LUA_CAPS (MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT)

/* The script, as the build embeds it. */
extern const char script_text[];
extern const size_t script_size;

static lua_State *state;  /* the interpreter */
static lua_State *script; /* the coroutine that the script is */

/** lua_Alloc: size 0 frees; old_size is the size of block, or a type of object where block is NULL. */
static void *allocate(void *unused, void *block, size_t old_size, size_t size) {
    (void)unused;
    if (size == 0) {
        if (block) account_given_back(block, old_size);
        heap_caps_free(block);
        return NULL;
    }
    void *moved = heap_caps_realloc(block, size, LUA_CAPS);
    if (!moved) return NULL;
    if (block) account_given_back(block, old_size);
    account_taken(moved, size);
    return moved;
}

static void open_libraries(void) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},          {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string},
        {LUA_COLIBNAME, luaopen_coroutine}, {LUA_MATHLIBNAME, luaopen_math}, {LUA_UTF8LIBNAME, luaopen_utf8},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(state, libraries[i].name, libraries[i].func, 1);
        lua_pop(state, 1);
    }
}

void job_open(void) {
    state = lua_newstate(allocate, NULL);
    report_require(state != NULL, "no memory for the interpreter");
    open_libraries();
    script = lua_newthread(state); /* stays on the stack of state: the collector must see it */
    if (luaL_loadbuffer(script, script_text, script_size, "=script.lua") != LUA_OK) {
        report_fail("%s", lua_tostring(script, -1));
    }
    printf("\n" LUA_RELEASE ", script of %zu bytes loaded\n", script_size);
    account_print();
}

bool job_step(void) {
    int results = 0;
    int status = lua_resume(script, state, 0, &results);
    const char *text = results == 1 || status > LUA_YIELD ? lua_tostring(script, -1) : NULL;
    if (status > LUA_YIELD) report_fail("Lua: %s", text ? text : "error without a text");
    report_require(text != NULL, "the script says nothing of its stage");
    printf("\nLua: %s%s\n", status == LUA_OK ? "all stages as expected, checksum " : "", text);
    lua_pop(script, results);
    account_print();
    report_sample();
    return status == LUA_YIELD;
}

void job_close(void) {
    lua_close(state);
    account_close("Lua");
}
