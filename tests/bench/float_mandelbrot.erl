%% area: floats repeat: 10
-module(float_mandelbrot).
-export([main/0]).
main() -> N = 220, lists:sum([iterate(2.0 * X / N - 1.5, 2.0 * Y / N - 1.0, 0.0, 0.0, 0) || X <- lists:seq(0, N - 1), Y <- lists:seq(0, N - 1)]).
iterate(_, _, _, _, 100) -> 100;
iterate(CR, CI, R, I, N) ->
    R2 = R * R, I2 = I * I,
    if R2 + I2 > 4.0 -> N;
       true -> iterate(CR, CI, R2 - I2 + CR, 2.0 * R * I + CI, N + 1)
    end.
