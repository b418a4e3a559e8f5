"""Telephone calls: alerts that ring, and residents' calls that are passed on."""

from tongxin.plumbing.channels.call.gateway import CallGateway, CallState, HttpCallGateway

__all__ = ["CallGateway", "CallState", "HttpCallGateway"]
