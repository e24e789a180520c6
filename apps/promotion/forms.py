"""What the console asks about a material."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.admin_base import ConsoleForm, MomentInput
from apps.core.attachment_pages import SeveralFilesField
from apps.core.attachments import MAX_VIDEO_BYTES
from apps.promotion.models import Material, MaterialFile


class MaterialFilesField(SeveralFilesField):
    """Pictures and videos."""

    most_bytes = MAX_VIDEO_BYTES

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.widget.attrs |= {"accept": ".jpg,.jpeg,.png,.webp,.mp4,image/*,video/mp4"}


class MaterialForm(ConsoleForm):
    """Product, category and level, whose choices need a merchant, are added where it is shown."""

    visible_from = forms.DateTimeField(
        label=_("Visible from"), required=False, widget=MomentInput()
    )
    visible_until = forms.DateTimeField(
        label=_("Visible until"), required=False, widget=MomentInput()
    )
    files = MaterialFilesField(
        label=_("Add files"),
        help_text=_("Up to 9 pictures of at most 10 MB (JPEG, PNG, WebP), videos of 50 MB (MP4)."),
    )
    remove = forms.ModelMultipleChoiceField(
        label=_("Remove files"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Material
        fields = ["kind", "title", "text", "is_exclusive", "is_published"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "remove" in self.fields:
            kept = MaterialFile.objects.filter(material=self.instance.pk, removed_at=None)
            self.fields["remove"].queryset = kept.order_by("pk")
