// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Object numbers with a generation; see table.h for the promise they keep. */
#include "nic/soft/table.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_ROOM = 64 };

static int grow(struct soft_table *t)
{
	uint32_t room = t->room ? t->room * 2 : FIRST_ROOM;
	struct soft_slot *slots = reallocarray(t->slots, room, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	t->slots = slots;
	t->room = room;
	return 0;
}

static int fresh_slot(struct soft_table *t, uint32_t *index)
{
	uint32_t next = t->last + 1;

	if (next > t->max_index)
		return -ENOMEM;
	if (next >= t->room && grow(t))
		return -ENOMEM;
	t->slots[next] = (struct soft_slot){.number = next << SOFT_GENERATION_BITS};
	t->last = next;
	*index = next;
	return 0;
}

int soft_table_add(struct soft_table *t, void *obj, uint32_t *number)
{
	uint32_t index = t->free;

	if (index)
		t->free = t->slots[index].next_free;
	else if (fresh_slot(t, &index))
		return -ENOMEM;
	t->slots[index].obj = obj;
	t->live++;
	*number = t->slots[index].number;
	return 0;
}

void soft_table_remove(struct soft_table *t, uint32_t number)
{
	const uint32_t last_generation = (1u << SOFT_GENERATION_BITS) - 1;
	uint32_t index = number >> SOFT_GENERATION_BITS;
	struct soft_slot *s = &t->slots[index];

	s->obj = NULL;
	t->live--;
	if ((number & last_generation) == last_generation)
		return; /* retired */
	s->number++;
	s->next_free = t->free;
	t->free = index;
}

void soft_table_close(struct soft_table *t)
{
	free(t->slots);
	*t = (struct soft_table){.max_index = t->max_index};
}
