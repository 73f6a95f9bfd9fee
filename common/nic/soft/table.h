/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_TABLE_H
#define P2P_NIC_SOFT_TABLE_H

/*
 * Numbers for objects: memory keys and QP numbers. A number is `index << 8 | generation`, the
 * layout of an mlx5 memory key, so finding an object is one array access and one comparison.
 * A slot whose 256 generations are used up is retired: as long as the table lives no number is given
 * out twice, and a stale one never finds a newer object. Index 0 is never used, so neither is number 0.
 *
 * Threads: finds may run together; adding and removing must not run while others find.
 */

#include <stddef.h>
#include <stdint.h>

enum { SOFT_GENERATION_BITS = 8 };

struct soft_slot {
	void *obj; /* NULL: free */
	uint32_t number;
	uint32_t next_free;
};

/**
 * struct soft_table - all zero but @max_index is the empty table
 * @slots: [0..last] are in use or on the free list, room for @room
 * @free: first index of the free list, 0 = none
 * @live: objects in the table; @max_index: largest index numbers may carry
 */
struct soft_table {
	struct soft_slot *slots;
	uint32_t room;
	uint32_t last;
	uint32_t free;
	uint32_t live;
	uint32_t max_index;
};

/* Return: 0; -ENOMEM no memory or no number left. */
int soft_table_add(struct soft_table *t, void *obj, uint32_t *number);
void soft_table_remove(struct soft_table *t, uint32_t number); /* @number is in the table */
void soft_table_close(struct soft_table *t);

/* Return: the object, NULL when no living object has this number. */
static inline void *soft_table_find(const struct soft_table *t, uint32_t number)
{
	uint32_t index = number >> SOFT_GENERATION_BITS;
	const struct soft_slot *s;

	if (index > t->last || index == 0)
		return NULL;
	s = &t->slots[index];
	return s->number == number ? s->obj : NULL;
}

/* Walk: the first object at or after *@index, which is moved behind it; NULL at the end. */
static inline void *soft_table_next(const struct soft_table *t, uint32_t *index)
{
	while (*index < t->last) {
		void *obj = t->slots[++*index].obj;

		if (obj)
			return obj;
	}
	return NULL;
}

#endif
