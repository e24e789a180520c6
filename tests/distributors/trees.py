"""What mptt's reads must answer, worked out from parent pointers alone."""

from apps.distributors.models import Distributor


def assert_reads_match_parents() -> None:
    """Every tree read of every distributor in scope agrees with `parent_id`."""
    people = {person.pk: person for person in Distributor.objects.order_by("tree_id", "lft")}

    def uplines(person: Distributor) -> list[int]:
        found = []
        while person.parent_id:
            found.append(person.parent_id)
            person = people[person.parent_id]
        return found

    above = {pk: uplines(person) for pk, person in people.items()}
    for pk, person in people.items():
        below = [other for other in people if pk in above[other]]
        children = [other for other in people if people[other].parent_id == pk]
        assert [a.pk for a in person.get_ancestors(ascending=True)] == above[pk]
        assert [d.pk for d in person.get_descendants()] == below
        assert [c.pk for c in person.get_children()] == children
        assert person.get_descendant_count() == len(below)
        assert person.is_leaf_node() == (not children)
        assert {leaf.pk for leaf in person.get_leafnodes()} == {
            other for other in below if not any(other in above[each] for each in people)
        }
        assert person.tree_depth == len(above[pk])
        assert person.tree_id == (above[pk][-1] if above[pk] else pk)
