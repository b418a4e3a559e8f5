"""What the description says beyond the shapes: refusals come as problem details."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from tongxin.surfaces.api.problems import MEDIA_TYPE, Problem

_PROBLEM = {"$ref": f"#/components/schemas/{Problem.__name__}"}


class Interface(NinjaAPI):
    """An interface whose description gives each answer the media type that it really has."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description, OpenAPI 3.1."""
        described = super().get_openapi_schema(**options)
        for operations in described["paths"].values():
            for operation in operations.values():
                for answer in operation["responses"].values():
                    _name_media_type(answer)
        return described


def _name_media_type(answer: dict[str, Any]) -> None:
    content = answer.get("content", {})
    shape = content.get("application/json", {}).get("schema")
    if shape == _PROBLEM:
        answer["content"] = {MEDIA_TYPE: {"schema": shape}}
