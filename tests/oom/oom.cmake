# SPDX-License-Identifier: MIT
# Out-of-memory loops: the script of every function everywhere, the demo's Lua program on hosts that have Debian's library of Lua.
# Included by tests/CMakeLists.txt.
set(oom_folder ${CMAKE_CURRENT_SOURCE_DIR}/oom)
find_library(CH_LUA_LIBRARY liblua5.4.a)
find_path(CH_LUA_INCLUDE lua.h PATH_SUFFIXES lua5.4)

foreach(variant ${CH_TEST_VARIANTS})
    if(NOT variant MATCHES "^(g[0-9]+|options|plain)$")
        continue()
    endif()
    library_of(library ${variant})
    add_library(oom.${variant}.libc OBJECT ${CH_ROOT}/src/libc/malloc.c)
    test_options(oom.${variant}.libc ${library})
    target_compile_options(oom.${variant}.libc PRIVATE -fno-builtin -include ${CMAKE_CURRENT_SOURCE_DIR}/libc/names/libc_names.h)
    add_library(oom.${variant} STATIC ${oom_folder}/full.c ${oom_folder}/script.c api/api_setup.c $<TARGET_OBJECTS:oom.${variant}.libc>)
    test_options(oom.${variant} ${library})
    target_include_directories(oom.${variant} PUBLIC api libc/names)
    add_case(oom ${variant} ${oom_folder}/script_oom_test.c ${CH_CHIP})
    # Lua's library is of the machine's own ABI.
    if(NOT CH_BOARD AND NOT variant STREQUAL options AND NOT CMAKE_C_FLAGS MATCHES "-m32" AND CH_LUA_LIBRARY AND CH_LUA_INCLUDE)
        add_case(oom ${variant} ${oom_folder}/lua_oom_test.c ${CH_CHIP})
        target_include_directories(oom.${variant}.lua_oom_test SYSTEM PRIVATE ${CH_LUA_INCLUDE})
        target_link_libraries(oom.${variant}.lua_oom_test PRIVATE ${CH_LUA_LIBRARY} m ${CMAKE_DL_LIBS})
        target_compile_definitions(oom.${variant}.lua_oom_test PRIVATE SCRIPT="${CH_ROOT}/apps/demo/script.lua")
    endif()
endforeach()
