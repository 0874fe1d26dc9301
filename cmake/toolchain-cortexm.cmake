# SPDX-License-Identifier: MIT
# Compiler for Cortex-M boards. A board's toolchain file sets CH_BOARD and the processor, machine, and includes this one.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
string(APPEND machine " -mthumb -mfloat-abi=soft")
set(CMAKE_C_FLAGS_INIT "${machine} --specs=picolibc.specs")
set(CMAKE_ASM_FLAGS_INIT "${machine}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "--oslib=semihost")
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
