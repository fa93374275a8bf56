//! Animals that do not exist: seven body plans with drawn-by-lot proportions, hides, ears, horns, wings and tails.

use super::limbs::{Coat, Hide, chain, chain_end, draw};
use crate::printer::canvas::{Canvas, Point, Shape};
use crate::printer::colour::{Palette, blend, grey, scale};
use crate::printer::dice::Dice;

/// The animal being drawn: where, how large, which way it looks.
struct Animal<'a> {
    canvas: &'a mut Canvas,
    dice: &'a mut Dice,
    palette: &'a Palette,
    coat: Coat,
    centre: Point,
    /// Pixels per unit; the body is about one unit.
    unit: f32,
    /// 1 looks right, -1 left.
    facing: f32,
}

/// Draws one animal on the ground at `level` (fraction of the height).
pub(crate) fn paint(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let unit = w.min(h * level * 1.35) * dice.between(0.25, 0.33);
    let coat = Coat::new(palette.body, palette.marking, palette.line, unit * 2.0, dice);
    let facing = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let centre = (w * dice.between(0.42, 0.58), h * (level - 0.02) - unit * 0.35);
    let mut animal = Animal { canvas, dice, palette, coat, centre, unit, facing };
    match animal.dice.index(7) {
        0 => animal.quadruped(),
        1 => animal.biped(),
        2 => animal.serpent(),
        3 => animal.bird(),
        4 => animal.swimmer(),
        5 => animal.floater(),
        _ => animal.beetle(),
    }
}

impl Animal<'_> {
    /// A place in body units: x forwards, y up.
    fn at(&self, x: f32, y: f32) -> Point {
        (self.centre.0 + x * self.unit * self.facing, self.centre.1 - y * self.unit)
    }

    fn ellipse(&self, x: f32, y: f32, rx: f32, ry: f32, tilt: f32) -> Shape {
        Shape::Ellipse { centre: self.at(x, y), radii: (rx * self.unit, ry * self.unit), angle: -tilt * self.facing }
    }

    fn limb(&self, a: (f32, f32), b: (f32, f32), ra: f32, rb: f32) -> Shape {
        Shape::Capsule { a: self.at(a.0, a.1), b: self.at(b.0, b.1), ra: ra * self.unit, rb: rb * self.unit }
    }

    fn polygon(&self, points: &[(f32, f32)]) -> Shape {
        Shape::Polygon(points.iter().map(|p| self.at(p.0, p.1)).collect())
    }

    fn draw(&mut self, shapes: &[Shape], coat: &Coat) {
        draw(self.canvas, shapes, coat);
    }

    fn shadow(&mut self, width: f32, below: f32) {
        let spot = self.ellipse(0.0, -below, width, 0.1, 0.0);
        self.canvas.glow(&spot, self.unit * 0.2, 0.45, [0.03, 0.03, 0.06]);
    }

    fn far(&self) -> Coat {
        self.coat.tinted(scale(self.coat.body, 0.62), self.coat.hide)
    }

    fn belly(&self) -> Coat {
        self.coat.tinted(blend(self.coat.body, grey(1.0), 0.55), Hide::Plain)
    }

    fn horn(&self) -> Coat {
        self.coat.tinted(self.palette.accent, Hide::Plain)
    }

    fn quadruped(&mut self) {
        let (coat, far, belly) = (self.coat.clone(), self.far(), self.belly());
        let (leg, long) = (self.dice.between(0.3, 0.7), self.dice.between(0.6, 0.85));
        self.shadow(long * 1.2, leg + 0.32);
        self.tail(-long * 0.9, 0.15);
        let foot = -0.3 - leg;
        let thick = self.dice.between(0.09, 0.16);
        let back_legs =
            [-0.45, 0.6].map(|x| self.limb((x * long, -0.1), (x * long + 0.12, foot + 0.06), thick, thick * 0.7));
        self.draw(&back_legs, &far);
        if self.dice.chance(0.25) {
            self.wing(0.0, 0.3);
        }
        let neck = self.dice.between(0.15, 0.6);
        let head = (long * 0.95 + 0.1, 0.25 + neck);
        let drawn = self.dice.between(0.34, 0.48);
        let trunk = [self.ellipse(0.0, 0.0, long, drawn, 0.08), self.limb((long * 0.6, 0.1), head, 0.26, 0.18)];
        self.draw(&trunk, &coat);
        let chest = [self.ellipse(0.1, -0.22, long * 0.6, 0.14, 0.05)];
        draw(self.canvas, &chest, &Coat { stroke: 0.0, ..belly });
        let legs = [-0.7, 0.4].map(|x| self.limb((x * long, -0.1), (x * long + 0.05, foot), thick * 1.15, thick * 0.8));
        self.draw(&legs, &coat);
        let drawn = self.dice.between(0.27, 0.38);
        self.head(head, drawn, true);
    }

    fn biped(&mut self) {
        let (coat, far, belly) = (self.coat.clone(), self.far(), self.belly());
        let girth = self.dice.between(0.34, 0.52);
        self.shadow(0.6, 0.75);
        self.tail(-0.25, -0.35);
        if self.dice.chance(0.4) {
            self.wing(-0.1, 0.4);
        }
        let reach = self.dice.between(-0.3, 0.7);
        let arm = [self.limb((0.2, 0.35), (0.65, reach), 0.12, 0.08)];
        self.draw(&arm, &far);
        let legs = [-0.22, 0.22].map(|x| self.limb((x, -0.35), (x * 1.5 + 0.05, -0.75), 0.18, 0.13));
        self.draw(&legs, &coat);
        let trunk = [self.ellipse(0.0, 0.0, girth, 0.62, 0.0)];
        self.draw(&trunk, &coat);
        let front = [self.ellipse(0.08, -0.1, girth * 0.6, 0.42, 0.0)];
        self.draw(&front, &Coat { stroke: 0.0, ..belly });
        let near = [self.limb((-0.2, 0.32), (-0.5 + reach * 0.3, reach - 0.25), 0.13, 0.09)];
        self.draw(&near, &coat);
        let drawn = self.dice.between(0.3, 0.44);
        self.head((0.06, 0.78), drawn, true);
    }

    fn serpent(&mut self) {
        let coat = self.coat.clone();
        self.shadow(0.9, 0.62);
        let radius = self.dice.between(0.15, 0.24) * self.unit;
        for (x, start) in [(-0.75, 2.4), (-0.2, 2.2), (0.3, 2.5_f32)] {
            let angle = -start * self.facing.max(0.0) - 0.6;
            let coil = chain(self.at(x, -0.45), angle, 0.42 * self.facing, self.unit * 1.1, (radius, radius * 0.95));
            self.draw(&coil, &coat);
        }
        let upright = if self.facing > 0.0 { -1.0 } else { -2.14 };
        let neck =
            chain(self.at(0.1, -0.4), upright, -0.1 * self.facing, self.unit * 1.15, (radius * 1.1, radius * 0.8));
        self.draw(&neck, &coat);
        let ((x, y), _) = chain_end(&neck);
        let head = ((x - self.centre.0) / self.unit * self.facing, (self.centre.1 - y) / self.unit);
        if self.dice.chance(0.4) {
            self.wing(0.1, 0.2);
        }
        let drawn = self.dice.between(0.24, 0.32);
        self.head(head, drawn, true);
    }

    fn bird(&mut self) {
        let (coat, belly, horn) = (self.coat.clone(), self.belly(), self.horn());
        self.shadow(0.5, 0.8);
        let fan = self.dice.whole(3, 6);
        for nth in 0..fan {
            let lift = -0.55 + nth as f32 * 0.2;
            let feather = [self.limb((-0.3, -0.05), (-1.05, lift), 0.1, 0.05)];
            let colour = if nth % 2 == 0 { &horn } else { &coat };
            draw(self.canvas, &feather, colour);
        }
        self.wing(-0.2, 0.25);
        let legs = [-0.05, 0.18].map(|x| self.limb((x, -0.4), (x + 0.05, -0.8), 0.04, 0.035));
        self.draw(&legs, &horn);
        let trunk = [self.ellipse(0.0, 0.0, 0.58, 0.44, 0.5), self.limb((0.3, 0.25), (0.42, 0.62), 0.24, 0.2)];
        self.draw(&trunk, &coat);
        let front = [self.ellipse(0.2, -0.02, 0.26, 0.34, 0.4)];
        self.draw(&front, &Coat { stroke: 0.0, ..belly });
        let drawn = self.dice.between(0.24, 0.34);
        self.head((0.46, 0.68), drawn, false);
        let beak = self.dice.between(0.2, 0.5);
        let beak = [self.polygon(&[(0.66, 0.8), (0.7 + beak, 0.62), (0.66, 0.54)])];
        self.draw(&beak, &horn);
    }

    fn swimmer(&mut self) {
        let (coat, belly, horn) = (self.coat.clone(), self.belly(), self.horn());
        self.centre.1 -= self.unit * 0.25;
        let tall = self.dice.between(0.34, 0.6);
        let tail = [self.polygon(&[(-0.65, 0.0), (-1.25, 0.5), (-1.02, 0.02), (-1.25, -0.5)])];
        self.draw(&tail, &horn);
        let peak = self.dice.between(0.3, 0.6);
        let fin =
            [self.polygon(&[(-0.5, tall * 0.6), (-0.35, tall + peak), (0.1, tall + peak * 0.5), (0.4, tall * 0.6)])];
        self.draw(&fin, &horn);
        let trunk = [self.ellipse(0.0, 0.0, 0.9, tall, 0.0)];
        self.draw(&trunk, &coat);
        let front = [self.ellipse(0.1, -tall * 0.5, 0.6, tall * 0.34, 0.0)];
        self.draw(&front, &Coat { stroke: 0.0, ..belly });
        let side = [self.polygon(&[(0.05, -0.05), (-0.45, -0.5), (-0.2, 0.05)])];
        self.draw(&side, &horn);
        self.eye((0.52, 0.12), 0.13);
        let mouth = self.limb((0.62, -0.18), (0.85, -0.1), 0.02, 0.02);
        self.canvas.flat(&mouth, 1.0, self.palette.line);
        for nth in 0..self.dice.whole(4, 9) {
            let drawn = self.dice.between(0.0, 0.5);
            let bubble = self.ellipse(0.9 + drawn, 0.1 + nth as f32 * 0.17, 0.05, 0.05, 0.0);
            self.canvas.outline(&bubble, 2.0, 0.8, grey(1.0));
        }
    }

    fn floater(&mut self) {
        let (coat, horn) = (self.coat.clone(), self.horn());
        self.centre.1 -= self.unit * 0.3;
        self.shadow(0.5, 1.1);
        let arms = self.dice.whole(4, 8);
        for nth in 0..arms {
            let x = -0.45 + 0.9 * nth as f32 / (arms - 1) as f32;
            let bend = self.dice.between(-0.35, 0.35);
            let (long, thick) = (self.dice.between(0.7, 1.1) * self.unit, 0.1 * self.unit);
            let arm = chain(self.at(x, -0.2), 1.57 - x * self.facing * 0.6, bend * 0.8, long, (thick, thick * 0.3));
            draw(self.canvas, &arm, if nth % 2 == 0 { &coat } else { &horn });
        }
        let spikes = self.dice.whole(0, 7);
        for nth in 0..spikes {
            let angle = 0.5 + 2.14 * nth as f32 / spikes.max(2) as f32;
            let (cos, sin) = (angle.cos(), angle.sin());
            let spike = [self.limb((cos * 0.6, sin * 0.55), (cos * 0.95, sin * 0.9), 0.11, 0.02)];
            self.draw(&spike, &horn);
        }
        let drawn = self.dice.between(0.46, 0.62);
        let trunk = [self.ellipse(0.0, 0.1, 0.68, drawn, 0.0)];
        self.draw(&trunk, &coat);
        self.face((0.12, 0.1), 0.5);
    }

    fn beetle(&mut self) {
        let (coat, far, horn) = (self.coat.clone(), self.far(), self.horn());
        self.shadow(0.9, 0.6);
        for (nth, x) in [-0.55_f32, -0.1, 0.35].into_iter().enumerate() {
            let knee = (x - 0.25 + nth as f32 * 0.2, 0.12);
            let legs = [self.limb((x, -0.1), knee, 0.07, 0.06), self.limb(knee, (knee.0 * 1.35, -0.6), 0.06, 0.03)];
            self.draw(&legs, &far);
        }
        let drawn = self.dice.between(0.45, 0.65);
        let shell = [self.ellipse(-0.1, 0.1, 0.78, drawn, 0.05)];
        self.draw(&shell, &coat);
        let seam = self.limb((-0.75, 0.3), (0.45, 0.35), 0.012, 0.012);
        self.canvas.flat(&seam, 0.9, self.palette.line);
        let antler = self.dice.between(0.3, 0.8);
        let antlers = [
            self.limb((0.85, 0.2), (1.1, 0.2 + antler), 0.08, 0.04),
            self.limb((1.05, 0.15 + antler * 0.7), (1.35, 0.25 + antler), 0.06, 0.02),
        ];
        self.draw(&antlers, &horn);
        for x in [-0.4, 0.0, 0.35] {
            let legs = [
                self.limb((x, -0.25), (x + 0.25, -0.35), 0.08, 0.06),
                self.limb((x + 0.25, -0.35), (x + 0.2, -0.65), 0.06, 0.04),
            ];
            self.draw(&legs, &coat);
        }
        self.head((0.75, 0.0), 0.27, false);
    }

    fn tail(&mut self, x: f32, y: f32) {
        let coat = self.coat.clone();
        let (thick, long) = (self.dice.between(0.06, 0.18) * self.unit, self.dice.between(0.6, 1.3) * self.unit);
        let back = if self.facing > 0.0 { std::f32::consts::PI } else { 0.0 };
        let bend = self.dice.between(0.05, 0.32) * self.facing;
        let drawn = self.dice.between(0.3, 1.2);
        let tail = chain(self.at(x, y), back, bend, long, (thick, thick * drawn));
        self.draw(&tail, &coat);
        if self.dice.chance(0.4) {
            let tuft = [Shape::disc(chain_end(&tail).0, thick * self.dice.between(1.4, 2.6))];
            let horn = self.horn();
            self.draw(&tuft, &horn);
        }
    }

    fn wing(&mut self, x: f32, y: f32) {
        let skin = self.coat.tinted(blend(self.palette.accent, self.coat.body, 0.3), Hide::Plain);
        let (span, lift) = (self.dice.between(0.7, 1.2), self.dice.between(0.3, 0.8));
        let points = [
            (x, y),
            (x - span * 0.4, y + lift),
            (x - span, y + lift * 1.1),
            (x - span * 0.8, y + lift * 0.45),
            (x - span, y),
            (x - span * 0.55, y - 0.02),
            (x - 0.3, y - 0.2),
        ];
        let wing = [self.polygon(&points)];
        self.draw(&wing, &skin);
        for tip in [2, 4] {
            let rib = self.limb((x, y), points[tip], 0.03, 0.012);
            self.canvas.flat(&rib, 0.8, self.palette.line);
        }
    }

    /// A head with ears or horns; `muzzle` adds a snout.
    fn head(&mut self, at: (f32, f32), size: f32, muzzle: bool) {
        let (coat, horn, belly) = (self.coat.clone(), self.horn(), self.belly());
        match self.dice.index(5) {
            0 => self.ears(at, size, &coat, 0.9),
            1 => self.ears(at, size, &coat, 2.0),
            2 => {
                for side in [-0.5, 0.4] {
                    let bend = (0.12 + side * 0.1) * self.facing;
                    let long = size * self.dice.between(1.0, 2.0) * self.unit;
                    let base = self.at(at.0 + side * size, at.1 + size * 0.75);
                    let shape =
                        chain(base, -1.57 + side * 0.5 * self.facing, bend, long, (size * 0.2 * self.unit, 1.0));
                    self.draw(&shape, &horn);
                }
            }
            3 => {
                for nth in 0..self.dice.whole(3, 6) {
                    let x = at.0 - size * (0.9 - nth as f32 * 0.28);
                    let spike = [self.limb((x + 0.06, at.1 + size * 0.7), (x - 0.1, at.1 + size * 1.5), 0.08, 0.02)];
                    self.draw(&spike, &horn);
                }
            }
            _ => {}
        }
        let mut skull = vec![self.ellipse(at.0, at.1, size, size * 0.88, 0.0)];
        if muzzle {
            let long = self.dice.between(0.5, 1.1) * size;
            skull.push(self.limb(
                (at.0 + size * 0.4, at.1 - size * 0.25),
                (at.0 + size * 0.5 + long, at.1 - size * 0.3),
                size * 0.5,
                size * 0.3,
            ));
        }
        self.draw(&skull, &coat);
        if muzzle {
            let nose = self.ellipse(at.0 + size * 1.3, at.1 - size * 0.2, size * 0.14, size * 0.11, 0.0);
            self.canvas.flat(&nose, 1.0, self.palette.line);
            let cheek = [self.ellipse(at.0 + size * 0.3, at.1 - size * 0.5, size * 0.3, size * 0.18, 0.0)];
            self.draw(&cheek, &Coat { stroke: 0.0, ..belly });
        }
        self.eye((at.0 + size * 0.3, at.1 + size * 0.15), size * 0.26);
    }

    fn ears(&mut self, at: (f32, f32), size: f32, coat: &Coat, long: f32) {
        for side in [-0.75, 0.25] {
            let (x, y) = (at.0 + side * size, at.1 + size * 0.5);
            let ear = [self.polygon(&[
                (x - size * 0.3, y),
                (x - size * 0.2 + side * 0.1, y + size * long),
                (x + size * 0.45, y + size * 0.2),
            ])];
            self.draw(&ear, coat);
        }
    }

    fn face(&mut self, at: (f32, f32), size: f32) {
        for side in [-0.5, 0.5] {
            self.eye((at.0 + side * size, at.1), size * 0.24);
        }
        let mouth =
            self.limb((at.0 - size * 0.3, at.1 - size * 0.5), (at.0 + size * 0.3, at.1 - size * 0.5), 0.025, 0.025);
        self.canvas.flat(&mouth, 1.0, self.palette.line);
    }

    fn eye(&mut self, at: (f32, f32), size: f32) {
        let ball = self.ellipse(at.0, at.1, size, size * 1.1, 0.0);
        self.canvas.fill_grown(&ball, self.coat.stroke, 1.0, |_, _| self.palette.line);
        self.canvas.flat(&ball, 1.0, [0.97, 0.96, 0.9]);
        let iris = self.ellipse(at.0 + size * 0.25, at.1, size * 0.62, size * 0.75, 0.0);
        self.canvas.flat(&iris, 1.0, scale(self.palette.accent, 0.8));
        let pupil = self.ellipse(at.0 + size * 0.3, at.1, size * 0.35, size * 0.5, 0.0);
        self.canvas.flat(&pupil, 1.0, [0.04, 0.04, 0.06]);
        let glint = self.ellipse(at.0 + size * 0.05, at.1 + size * 0.35, size * 0.2, size * 0.2, 0.0);
        self.canvas.flat(&glint, 0.95, grey(1.0));
    }
}
