"""Members, the accounts they log in with, their time-bound grants, teams and tokens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.territory.models import Area, Post


class Role(models.TextChoices):
    """What a member is. A grant binds a role to an area and to days."""

    COMMUNITY_OFFICER = "community_officer", _("Community officer")
    PATROL_OFFICER = "patrol_officer", _("Patrol officer")
    AUXILIARY = "auxiliary", _("Auxiliary")
    POLICE_ASSISTANT = "police_assistant", _("Police assistant")
    GRID_WORKER = "grid_worker", _("Grid worker")
    VILLAGE_OFFICER = "village_officer", _("Village officer")
    SECURITY_VOLUNTEER = "security_volunteer", _("Security volunteer")
    SECURITY_GUARD = "security_guard", _("Security guard")
    BUILDING_HEAD = "building_head", _("Building head")
    RESIDENTS_REPRESENTATIVE = "residents_representative", _("Residents' representative")
    COMMUNITY_CADRE = "community_cadre", _("Community cadre")
    PROPERTY_MANAGER = "property_manager", _("Property manager")
    SCHOOL_CONTACT = "school_contact", _("School contact")
    PARTNER = "partner", _("Partner")
    NETWORK_STAFF = "network_staff", _("Staff of another network")
    DISPATCHER = "dispatcher", _("Dispatcher")
    STATION_CHIEF = "station_chief", _("Station chief")
    DEPUTY_STATION_CHIEF = "deputy_station_chief", _("Deputy station chief")
    SUPERVISOR = "supervisor", _("Supervisor")
    BRANCH_CHIEF = "branch_chief", _("Branch chief")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("System administrator")
    SECURITY_ADMINISTRATOR = "security_administrator", _("Security administrator")
    AUDIT_ADMINISTRATOR = "audit_administrator", _("Audit administrator")


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; there is no superuser."""

    def create_account(self, username: str, password: str) -> Account:
        """Create an account with an Argon2 password hash."""
        account = self.model(username=username)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A log-in. Rights come from the member's grants only, never from Django's permissions."""

    username = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, blank=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[AccountManager] = AccountManager()


class Member(models.Model):
    """Somebody who serves on the ground. Name and work phone are public duty data, not vault data.

    ``kind`` is the main role, ``skills`` come from the district's list (first_aid, fire, mediation,
    sign_language, dialect, traffic, water_rescue…). ``home_post`` is where the member is assumed to
    be when on duty without a position; a village officer's village stands for a post.
    """

    account = models.OneToOneField(Account, models.SET_NULL, null=True, related_name="member")
    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=32, choices=Role.choices)
    name = models.CharField(max_length=40)
    surname = models.CharField(max_length=8)
    pinyin = models.CharField(max_length=120, blank=True, db_collation="C")
    phone = models.CharField(max_length=32, blank=True)
    skills = ArrayField(models.CharField(max_length=32), default=list)
    home_post = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="members")
    home_lon = models.FloatField(null=True)
    home_lat = models.FloatField(null=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role on an area and everything under it, from one moment to another."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32, choices=Role.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="grants")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["area", "role"], name="grant_area_role"),
            models.Index(fields=["member", "valid_to"], name="grant_member_valid"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="grant_ends_not_before_it_starts",
            ),
        ]


class TeamKind(models.TextChoices):
    """Kinds of teams."""

    CREW = "crew", _("Crew")
    ONE_TWO_N = "one_two_n", _("1+2+N team")


class Team(models.Model):
    """A crew 车组, or the 1+2+N of a beat."""

    kind = models.CharField(max_length=12, choices=TeamKind.choices)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="teams")
    members = models.ManyToManyField(Member, related_name="teams")


class ApiToken(models.Model):
    """A bearer token: only its SHA-256 is kept; it has scopes and an end."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=48), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
