enum RatingRoutes {
  static let all: [Route] = []
}
