import Conduct
import Pages
import Store
import StudyModel

/// Accounts: inviting people, giving roles, the own account.
enum AccountRoutes {
  private static let office = Access.anyOf([.manageAccounts])

  static let all: [Route] = own + invitations + managing + APIAccountRoutes.all

  private static let own: [Route] = [
    .page("/sections", .signedIn, "Every section of the role.") { call in
      .page(try SectionsPage.show(call).page())
    },
    .page("/account", .signedIn, "One's own account.") { call in
      .page(try await OwnAccountPages.show(call).page())
    },
    .page(
      ConfirmPage.place, .signedIn, "Asks who it is before a file is taken or an account changed."
    ) { call in
      .page(try await ConfirmPage.show(call).page())
    },
    .act(
      ConfirmPage.place, .signedIn, "Proves who it is before a file is taken or an account changed."
    ) { call in
      try await ConfirmPage.confirm(call)
    }.once(.notKeyed),
    .act("/account/sessions/end", .signedIn, "Ends one of one's own sessions.") { call in
      try await OwnAccountPages.endSession(call)
    }.once(.notKeyed),
    .act("/account/password", .signedIn, "Changes one's own password.") { call in
      try await OwnAccountPages.changePassword(call)
    }.once(.notKeyed),
    .act("/account/letters", .signedIn, "Sets where one's letters go.") { call in
      try await OwnAccountPages.setAddress(call)
    }.once(.notKeyed),
    .act("/account/zone", .signedIn, "Sets one's own time zone.") { call in
      try await OwnAccountPages.setZone(call)
    }.once(.notKeyed),
    .api("GET", "/account/zone", .signedIn, "One's own time zone, empty where none was chosen.") {
      call in
      try .json(
        ["zone": try await call.installation.chosenZone(of: try call.ownSession.user) ?? ""])
    },
    .api(
      "POST", "/account/zone", .signedIn,
      "Sets one's own time zone by its IANA name; empty for that of the coordinating centre.",
      body: [.text("zone")]
    ) { call in
      try await call.installation.chooseZone(
        JSONBody(call.json)?["zone"] ?? "", of: try call.ownSession.user)
      return try .json(["status": "changed"])
    }.once(.notKeyed),
    .act("/account/recovery-codes", .signedIn, "Makes new recovery codes.") { call in
      try await OwnAccountPages.renewCodes(call)
    }.once(.notKeyed),
  ]

  private static let invitations: [Route] = [
    .page("/invitation/{token}", .everybody, "Where a person opens an account.") { call in
      .page(try await InvitationPages.show(call).page())
    },
    .act("/invitation/{token}", .everybody, "Takes password and device of a person.") { call in
      try await InvitationPages.accept(call)
    }.once(.notKeyed),
  ]

  private static let managing: [Route] = [
    .page("/accounts", office, "The people of the trial and their roles.") { call in
      .page(try await AccountPages.list(call).page())
    },
    .page("/accounts/at", office, "Who held which role on a day.") { call in
      .page(try await AccountPages.held(call).page())
    },
    .act("/accounts/at", office, "Chooses the day.") { call in
      try AccountPages.chooseDay(call)
    }.once(.notKeyed),
    .page("/accounts/invite", office, "Asks whom to invite.") { call in
      .page(try await AccountPages.newPerson(call).page())
    },
    .act("/accounts/invite", office, "Invites a person.") { call in
      try await AccountPages.invite(call)
    }.once(.keyedUnkept),
    .page("/accounts/waiting", office, "Roles that wait for a second administrator.") { call in
      .page(try await AccountPages.waiting(call).page())
    },
    .act("/accounts/waiting/{number}", office, "Approves or refuses a role that waits.") { call in
      try await AccountPages.decide(call)
    },
    .page("/accounts/{user}", office, "One account with its roles.") { call in
      .page(try await AccountPages.one(call).page())
    },
    .act("/accounts/{user}/roles", office, "Gives a role.") { call in
      try await AccountPages.give(call)
    },
    .act("/accounts/{user}/roles/end", office, "Ends a role.") { call in
      try await AccountPages.end(call)
    },
    .act("/accounts/{user}/reset", office, "Invites again, or starts a reset.") { call in
      try await AccountPages.reset(call)
    }.once(.keyedUnkept),
    .act("/accounts/{user}/reset/confirm", office, "Confirms a reset as second person.") { call in
      try await AccountPages.confirmReset(call)
    }.once(.keyedUnkept),
    .act("/accounts/{user}/waiting-time", office, "Ends the waiting time after failed sign-ins.") {
      call in
      try await AccountPages.endWaiting(call)
    },
    .act("/accounts/{user}/state", office, "Disables or enables an account.") { call in
      try await AccountPages.setState(call)
    },
    .api("GET", "/accounts", office, "The people of the trial and the state of their accounts.") {
      call in
      try .json(try await call.installation.accounts(as: try call.actor).map(AccountBody.init))
    },
    .api("GET", "/roles-at/{day}", office, "Who held which role at any time of a day.") {
      call in
      try .json(
        try await AccountPages.roles(call, on: call.parameter("day")).map(HeldRoleBody.init))
    },
    .api(
      "POST", "/accounts/{user}/disable", office, "Disables an account and ends its sessions.",
      body: [.text("reason")]
    ) { call in
      try await call.installation.disable(
        call.parameter("user"), reason: JSONBody(call.json)?["reason"] ?? "",
        as: try await call.freshActor())
      return try .json(["state": "disabled"])
    },
  ]
}
