// Runs once, on an empty volume: the product's own user, who may read and write its database and nothing else.
db.getSiblingDB("hallabong").createUser({
  user: "hallabong",
  pwd: process.env.MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: "hallabong" }],
});
