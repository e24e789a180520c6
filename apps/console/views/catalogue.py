"""The category tree; a product's options, pictures and video."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.console.forms.goods import AltForm, OptionsForm, PictureForm, VideoForm
from apps.console.views.base import StepView, console_page, render_page
from apps.products.models import Category, Product, ProductPicture
from apps.products.selectors import CategoryNode, category_tree
from apps.products.services.catalogue import set_options
from apps.products.services.categories import move_category
from apps.products.services.images import (
    MAX_PICTURES,
    add_picture,
    change_picture,
    remove_picture,
    remove_video,
    set_video,
)

CHANGE_PRODUCT = "products.change_product"
CHANGE_CATEGORY = "products.change_category"


@console_page("products.view_category")
def categories(request: HttpRequest) -> HttpResponse:
    """The whole tree, or those whose name has the words looked for, with all that leads there."""
    query = request.GET.get("q", "").strip()
    tree = category_tree() if request.merchant else []
    if query:
        tree = _with_name(tree, query.casefold())
    return render_page(
        request,
        "console/categories.html",
        _("Categories"),
        tree=tree,
        query=query,
        merchant=request.merchant,
        can_change=request.user.has_perm(CHANGE_CATEGORY),
    )


def _with_name(nodes: list[CategoryNode], words: str) -> list[CategoryNode]:
    found = []
    for node in nodes:
        node.children = _with_name(node.children, words)
        if node.children or words in node.category.name.casefold():
            found.append(node)
    return found


class MoveCategory(StepView):
    """One place up or down among its siblings; the buttons of the tree send this at once."""

    model = Category
    permission = CHANGE_CATEGORY
    button = gettext_lazy("Move")
    done = gettext_lazy("The category was moved.")
    up = True

    def take(self, obj: Category, values: dict[str, Any]) -> None:
        move_category(category=obj, up=self.up)

    def way_back(self, obj: Category) -> str:
        return f"{reverse('console:categories')}#category-{obj.pk}"


class MoveCategoryUp(MoveCategory):
    title = gettext_lazy("Move category up")


class MoveCategoryDown(MoveCategory):
    title = gettext_lazy("Move category down")
    up = False


class SetOptions(StepView):
    model = Product
    permission = CHANGE_PRODUCT
    title = gettext_lazy("Options and combinations")
    explanation = gettext_lazy(
        "What the SKUs of this product differ in, such as colour and size. Each combination is "
        "there once. SKUs that are made here have no stock yet; change codes and prices on the "
        "product's page."
    )
    button = gettext_lazy("Save options")
    done = gettext_lazy("Options saved.")

    def get_form(self, obj: Product, data: Any = None) -> Form:
        return OptionsForm(data, product=obj)

    def take(self, obj: Product, values: dict[str, Any]) -> None:
        set_options(
            product=obj,
            options=values["options"],
            price=values["price"],
            cost=values["cost"] or 0,
        )

    def way_back(self, obj: Product) -> str:
        return reverse("admin:products_product_change", args=[obj.pk])


@console_page("products.view_product")
def pictures(request: HttpRequest, pk: int) -> HttpResponse:
    """A product's pictures in their order, and its video."""
    found = get_object_or_404(Product.objects.select_related("merchant"), pk=pk)
    rows = list(found.pictures.all())
    may_change = request.user.has_perm(CHANGE_PRODUCT)
    return render_page(
        request,
        "console/pictures.html",
        _("Pictures of %(name)s") % {"name": found.name},
        product=found,
        pictures=rows,
        can_change=may_change,
        can_add=may_change and len(rows) < MAX_PICTURES,
    )


class PicturesStep(StepView):
    permission = CHANGE_PRODUCT

    def way_back(self, obj: Product | ProductPicture) -> str:
        product = obj.pk if isinstance(obj, Product) else obj.product_id
        return reverse("console:pictures", args=[product])


class AddPicture(PicturesStep):
    model = Product
    form_class = PictureForm
    title = gettext_lazy("Add a picture")
    button = gettext_lazy("Add picture")
    done = gettext_lazy("Picture added.")

    def take(self, obj: Product, values: dict[str, Any]) -> None:
        add_picture(product=obj, content=values["picture"].read(), alt=values["alt"])


class SetVideo(PicturesStep):
    model = Product
    form_class = VideoForm
    title = gettext_lazy("Video")
    button = gettext_lazy("Save video")
    done = gettext_lazy("Video saved.")

    def take(self, obj: Product, values: dict[str, Any]) -> None:
        if values["video"]:
            set_video(product=obj, content=values["video"].read())
        else:
            remove_video(product=obj)


class DescribePicture(PicturesStep):
    model = ProductPicture
    title = gettext_lazy("What the picture shows")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved.")

    def get_form(self, obj: ProductPicture, data: Any = None) -> Form:
        return AltForm(data, initial={"alt": obj.alt})

    def take(self, obj: ProductPicture, values: dict[str, Any]) -> None:
        change_picture(picture=obj, alt=values["alt"])


class MovePictureUp(PicturesStep):
    model = ProductPicture
    title = gettext_lazy("Move picture forward")
    button = gettext_lazy("Move")
    done = gettext_lazy("The picture was moved.")

    def take(self, obj: ProductPicture, values: dict[str, Any]) -> None:
        change_picture(picture=obj, up=True)


class RemovePicture(PicturesStep):
    model = ProductPicture
    title = gettext_lazy("Remove picture")
    button = gettext_lazy("Remove this picture")
    done = gettext_lazy("Picture removed.")
    is_dangerous = True

    def take(self, obj: ProductPicture, values: dict[str, Any]) -> None:
        remove_picture(picture=obj)
