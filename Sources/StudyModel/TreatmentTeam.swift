/// How the open record tells of an act of who treats: the team, and nobody of it.
///
/// Which of the team acts for a participant tells the arm, so that readers without class treatment are
/// shown neither name nor role (decision 20).
public enum TreatmentTeam {
  /// What stands in the place of a role.
  public static let role = "treatment_team"
}
