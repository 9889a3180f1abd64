-- What the texts of the ranking share. A month is a whole number here (year · 12 + month - 1), so that windows count calendar
-- months; an amount is a whole number of the currency's minor units; evidence is a whole number of tenths of a bit.
CREATE OR REPLACE TEMP MACRO month_number(day) AS CAST(year(day) * 12 + month(day) - 1 AS INTEGER);
CREATE OR REPLACE TEMP MACRO month_start(number) AS make_date(number // 12, number % 12 + 1, 1);
CREATE OR REPLACE TEMP MACRO month_end(number) AS month_start(number + 1) - 1;

-- Which power of two an amount reaches: 0 for 1, 1 for 2 and 3, 2 for 4 to 7.
CREATE OR REPLACE TEMP MACRO band(x) AS CAST(length(bin(CAST(x AS BIGINT))) - 1 AS INTEGER);

-- Ten times the logarithm to base 2 of x >= 1, linear between powers of two: whole numbers only, the same on every machine, never
-- down where x goes up, at most 0.09 bit off. x < 9 · 10^17.
CREATE OR REPLACE TEMP MACRO tenths(x) AS
    CAST(10 * band(x) + ((10 * CAST(x AS BIGINT)) >> band(x)) - 10 AS INTEGER);

-- How many digits of an amount say something: 41200 has three.
CREATE OR REPLACE TEMP MACRO significant_digits(amount) AS length(rtrim(CAST(amount AS VARCHAR), '0'));

-- How many minor units one unit of a currency with so many decimals has.
CREATE OR REPLACE TEMP MACRO power_of_ten(decimals) AS
    CASE decimals WHEN 4 THEN 10000 WHEN 3 THEN 1000 WHEN 2 THEN 100 WHEN 1 THEN 10 ELSE 1 END;
