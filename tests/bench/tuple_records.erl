%% area: tuples repeat: 11
-module(tuple_records).
-export([main/0]).
-record(body, {x = 0, y = 0, vx = 1, vy = 2, n = 0, tag}).
main() -> step(4000000, #body{tag = a}).
step(0, B) -> B;
step(N, #body{x = X, y = Y, vx = VX, vy = VY, n = C} = B) when X > 1000 -> step(N - 1, B#body{x = X - 1000, y = Y + VY, vx = VX, n = C + 1});
step(N, #body{x = X, vx = VX} = B) -> step(N - 1, B#body{x = X + VX, tag = b}).
