# SPDX-License-Identifier: MIT
# How the library's parts are built. A configuration of the library is a set of definitions: each has a target of its own.

get_filename_component(CH_ROOT ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

# Folders of src/ that make up the library, from the bottom up. src/libc is apart: it replaces the C library's malloc.
set(CH_LIBRARY_FOLDERS base engine heap soc caps debug)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # inline assembler, and what POSIX and the C libraries declare only then

function(ch_compile_options target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wundef $<$<BOOL:${CH_WERROR}>:-Werror>
                           -ffunction-sections -fdata-sections)
endfunction()

# ch_sources(variable folder...): every .c file of these folders of the project, found again at each build.
function(ch_sources variable)
    set(found)
    foreach(folder ${ARGN})
        file(GLOB files CONFIGURE_DEPENDS ${CH_ROOT}/${folder}/*.c)
        list(APPEND found ${files})
    endforeach()
    set(${variable} ${found} PARENT_SCOPE)
endfunction()

# ch_add_library(name definition...): src/ without libc, and the port.
function(ch_add_library name)
    list(TRANSFORM CH_LIBRARY_FOLDERS PREPEND src/ OUTPUT_VARIABLE folders)
    list(APPEND folders ports/${CH_PORT})
    get_filename_component(family ports/${CH_PORT} DIRECTORY)
    if(NOT family STREQUAL ports)
        list(APPEND folders ${family}) # what the ports of a family share
    endif()
    if(CONFIG_COMPILER_KASAN=1 IN_LIST ARGN)
        list(APPEND folders src/debug/kasan) # defines what host compilers' own sanitizers have
    endif()
    ch_sources(sources ${folders})
    add_library(${name} STATIC ${sources})
    target_compile_definitions(${name} PUBLIC ${ARGN})
    target_include_directories(${name} PUBLIC ${CH_ROOT}/include ${CH_ROOT}/include/compat ${CH_ROOT}/ports/${CH_PORT}
                               PRIVATE ${CH_ROOT}/src ${CH_ROOT}/${family})
    ch_compile_options(${name})
    if(CH_PORT STREQUAL posix)
        find_package(Threads REQUIRED)
        target_link_libraries(${name} PUBLIC Threads::Threads)
        target_link_options(${name} INTERFACE -no-pie -Wl,-T,${CH_ROOT}/ports/posix/reserved.ld)
        set_property(TARGET ${name} APPEND PROPERTY INTERFACE_LINK_DEPENDS ${CH_ROOT}/ports/posix/reserved.ld)
    endif()
endfunction()

# ch_check_addresses(target [shadow_offset]): the code of a target calls the address sanitizer's runtime before each access; it links a
# library with CONFIG_COMPILER_KASAN=1. Local variables are checked if the place of the shadow memory is given: what is to be added to an
# address >> 3 (docs/KASAN.md). No tail calls, so that reports name the function that calls. Calls only: the compilers' inline checks know another form of shadow memory.
function(ch_check_addresses target)
    target_compile_options(${target} PRIVATE -fsanitize=kernel-address --param=asan-instrumentation-with-call-threshold=0
                           --param=asan-globals=1 -fno-optimize-sibling-calls -include ${CH_ROOT}/include/capheap/kasan_calls.h)
    if(ARGC GREATER 1)
        target_compile_options(${target} PRIVATE -fasan-shadow-offset=${ARGV1} --param=asan-stack=1
                               -fsanitize-address-use-after-scope)
    else()
        target_compile_options(${target} PRIVATE --param=asan-stack=0)
    endif()
endfunction()

# ch_add_chip(name chip library): a memory map, compiled with the options of a library.
function(ch_add_chip name chip library)
    add_library(${name} STATIC ${CH_ROOT}/chips/${chip}.c)
    target_link_libraries(${name} PRIVATE ${library})
    ch_compile_options(${name})
endfunction()

# ch_add_libc(name library): objects, because a library would come second to the C library where nothing else asks for malloc.
function(ch_add_libc name library)
    ch_sources(sources src/libc)
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${sources})
    target_include_directories(${name} PRIVATE ${CH_ROOT}/src)
    target_link_libraries(${name} PUBLIC ${library})
    ch_compile_options(${name})
    target_compile_options(${name} PRIVATE -fno-builtin)
endfunction()

# ch_add_preload(name library): libcapheap.so, which takes the place of glibc's malloc in programs that run with LD_PRELOAD. The library is
# of port posix/glibc, granule 16. Bound at once: the loader's own lookups may allocate.
function(ch_add_preload name library)
    ch_sources(sources src/libc/posix)
    add_library(${name} SHARED ${sources})
    target_include_directories(${name} PRIVATE ${CH_ROOT}/src)
    target_link_libraries(${name} PRIVATE ${library})
    ch_compile_options(${name})
    target_compile_options(${name} PRIVATE -fno-builtin)
    target_link_options(${name} PRIVATE -Wl,-z,now -Wl,-z,defs -Wl,-z,nodelete -Wl,--gc-sections)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME capheap)
endfunction()

# ch_add_board(name): start-up, console and linker script of CH_BOARD; objects, because nothing refers to a vector table. What the
# boards of an architecture share is in the folder named like the last part of the board's own port; board_shares names more such folders.
function(ch_add_board name)
    get_filename_component(architecture ${default_port} NAME)
    set(folders ${architecture} ${board_shares} ${CH_BOARD})
    list(TRANSFORM folders PREPEND boards/)
    ch_sources(sources boards ${folders})
    list(TRANSFORM folders PREPEND ${CH_ROOT}/)
    list(TRANSFORM folders APPEND /*.S)
    file(GLOB assembler CONFIGURE_DEPENDS ${folders})
    set(script ${CH_ROOT}/boards/${CH_BOARD}/board.ld)
    add_library(${name} OBJECT ${sources} ${assembler})
    target_include_directories(${name} PUBLIC ${CH_ROOT}/boards
                               PRIVATE ${CH_ROOT}/boards/${architecture} ${CH_ROOT}/ports/baremetal)
    target_link_options(${name} PUBLIC -nostartfiles -T ${script} -L ${CH_ROOT}/boards -Wl,--no-warn-rwx-segments)
    set_property(TARGET ${name} PROPERTY INTERFACE_LINK_DEPENDS ${script} ${CH_ROOT}/boards/sections.ld)
    ch_compile_options(${name})
endfunction()
