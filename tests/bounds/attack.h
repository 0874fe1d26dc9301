/* SPDX-License-Identifier: MIT */
/* Adversaries: each plays against a fresh pool, keeps to its rules, and tries to have a request fail. */
#pragma once

#include "pool.h"

typedef void attack_t(pool_t *pool);

/**
 * A comb: holes that are just too short for the largest request, as far apart as the smallest blocks. Built with malloc and free
 * alone, for sizes within a bin: holes that would do hide behind one that would not.
 */
attack_t attack_hidden_comb;

/** A comb whose teeth are cut off with realloc: for every size of more than 256 bytes. */
attack_t attack_shrunk_comb;

/** Robson's: blocks of ever larger powers of two; of the smaller ones those remain that spoil most places for a larger one. */
attack_t attack_powers;

/** Fills the pool with blocks of one size, frees every second one, goes on with a size a little larger. */
attack_t attack_sawtooth;

/** Sizes around the edges of the bins, freed in an order that alternates. */
attack_t attack_edges;

/**
 * Looks for an order of calls that wins: changes one at random, keeps it if it does not reach less far into the pool. Plays
 * `rounds` orders, or fewer, as the first that wins ends it.
 */
void attack_by_search(pool_t *pool, uint32_t seed, uint32_t rounds);

/**
 * Whether a request for n granules is served where nothing is free but a hole and `blinds` blocks of `blind` granules, freed
 * before it or after it. hole > blind + 1, so that each lies where it is meant to. The heap has so many granules, or as many as
 * all that takes.
 */
bool promise_serves(uint32_t n, uint32_t hole, uint32_t blind, uint32_t blinds, bool hole_first, uint32_t granules);
