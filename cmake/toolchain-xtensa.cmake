# SPDX-License-Identifier: MIT
# Compiler for Xtensa boards, for the lx106, whose instructions all cores without register windows have. A board's toolchain file sets
# CH_BOARD and includes this one. Picolibc's specs are not where this compiler looks for them. The C library has no floating point that
# links (libgcc lacks it), hence its integer printf.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR xtensa)
set(CMAKE_C_COMPILER xtensa-lx106-elf-gcc)
set(CMAKE_ASM_COMPILER xtensa-lx106-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
find_program(compiler_path xtensa-lx106-elf-gcc)
find_file(picolibc_specs picolibc.specs PATHS ${compiler_path}/../../lib/xtensa-lx106-elf NO_DEFAULT_PATH)
if(NOT picolibc_specs)
    message(FATAL_ERROR "picolibc for xtensa-lx106-elf is missing: Debian's package picolibc-xtensa-lx106-elf has it")
endif()
set(machine "-mlongcalls -mtext-section-literals")
set(CMAKE_C_FLAGS_INIT "${machine} --specs=${picolibc_specs} -DPICOLIBC_INTEGER_PRINTF_SCANF")
set(CMAKE_ASM_FLAGS_INIT "${machine}")
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
